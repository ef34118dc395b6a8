// The dialog of publishing: the part of the publish page that has the forms, over the editor.

const form = document.querySelector("[data-writing]");
const dialog = document.querySelector("[data-publish-dialog]");
if (form && dialog) setUpDialog(form, dialog);
for (const part of document.querySelectorAll("[data-publish-part]")) setUpChoices(part);
setUpCopy();

/** Open the dialog by its buttons and Ctrl-Enter; studio.js has saved before. */
function setUpDialog(form, dialog) {
  const place = dialog.querySelector("[data-publish-place]");
  async function open() {
    const { href } = document.querySelector("[data-publish-url]");
    try {
      const response = await fetch(href);
      const page = new DOMParser().parseFromString(await response.text(), "text/html");
      const part = page.querySelector("[data-publish-part]");
      if (!part) throw new Error(response.statusText);
      place.replaceChildren(document.adoptNode(part));
    } catch {
      location.assign(href);
      return;
    }
    setUpChoices(place);
    document.dispatchEvent(new Event("fresh"));
    if (!dialog.open) dialog.showModal();
    place.querySelector("#publish-title").focus();
  }
  form.addEventListener("publish", open);
  form.addEventListener("click", (event) => {
    if (!event.target.closest("a[data-publish], [data-publish-url]") || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    open();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || event.defaultPrevented) return;
    event.preventDefault();
    if (dialog.open) place.querySelector("[data-publish-submit]").click();
    else if (!document.querySelector("dialog[open]")) form.querySelector("[data-publish]")?.click();
  });
}

/** Let the button say what it will do. */
function setUpChoices(part) {
  const button = part.querySelector("[data-publish-submit]");
  const { when, at, readers } = button.form.elements;
  const field = at.closest(".field");
  function show() {
    const isByLink = readers.value === "link";
    if (isByLink) when.value = "now";
    for (const choice of when) choice.disabled = isByLink && choice.value === "at";
    field.hidden = at.disabled = when.value !== "at";
    button.textContent = words(isByLink);
  }
  function words(isByLink) {
    if (isByLink) return button.dataset.link;
    if (when.value !== "at" || !at.value) return button.dataset.now;
    const time = inWords(at.value);
    return (at.value > now(at.dataset.zone) ? button.dataset.at : button.dataset.past).replace("{time}", time);
  }
  button.form.addEventListener("input", show);
  show();
}

/** Return a local time, such as 2026-12-24T09:00, as people write it. */
function inWords(local) {
  const { lang } = document.documentElement;
  const format = new Intl.DateTimeFormat(lang === "en" ? "en-GB" : lang, { dateStyle: "medium", timeStyle: "short", timeZone: "UTC" });
  return format.format(new Date(`${local}Z`));
}

/** Return the present time in a zone, such as 2026-12-24T09:00. */
function now(zone) {
  const format = new Intl.DateTimeFormat("sv", { timeZone: zone, dateStyle: "short", timeStyle: "short" });
  return format.format(new Date()).replace(" ", "T");
}

/** Copy the address of a post that was just published. */
function setUpCopy() {
  const button = document.querySelector("[data-copy]");
  if (!button || !navigator.clipboard) return;
  button.hidden = false;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(document.querySelector("[data-copied]").value);
    button.textContent = button.dataset.copiedText;
  });
}
