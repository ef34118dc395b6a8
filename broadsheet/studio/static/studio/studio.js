// Comfort for writers: live preview, images by drop and paste, a word before text is lost.
// Every page of the studio works without it.

const PAUSE = 300; // milliseconds without a key before the preview is asked for

tellTimes();
const form = document.querySelector("[data-writing]");
if (form) {
  const text = form.elements.namedItem("content");
  keep(form);
  preview(form, text);
  images(form, text);
}

/** Say that something is not saved yet, warn before it is lost, and save in place. */
function keep(form) {
  const saved = form.querySelector("[data-saved]");
  const isRefused = form.hasAttribute("data-dirty"); // the page that says why takes the next try
  let edits = isRefused ? 1 : 0; // that are not saved
  let isSaving = false;
  form.addEventListener("input", () => {
    if (!edits) saved.textContent = form.dataset.unsaved;
    edits += 1;
  });
  form.addEventListener("submit", (event) => {
    saved.textContent = form.dataset.saving;
    const needsPage = isRefused || !event.submitter?.matches("[data-save]") || changesFiles(form);
    if (needsPage) {
      edits = 0;
      return;
    }
    event.preventDefault();
    if (!isSaving) save();
  });
  async function save() {
    const sent = new FormData(form), before = edits;
    isSaving = true;
    try {
      const answer = await fetch(form.action, { method: "POST", body: sent });
      if (answer.status >= 500) throw new Error(answer.statusText);
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const theirs = page.querySelector("[data-writing]");
      if (!answer.ok || !answer.redirected || !theirs) {
        edits = 0;
        form.submit(); // and see the whole page that says why not
        return;
      }
      edits -= before;
      history.replaceState(null, "", answer.url);
      document.title = page.title;
      adopt(form, theirs, sent);
      for (const part of page.querySelectorAll("[data-fresh]")) {
        document.querySelector(`[data-fresh="${part.dataset.fresh}"]`).replaceChildren(...part.childNodes);
      }
      if (edits) saved.textContent = form.dataset.unsaved;
      else saved.replaceChildren(...theirs.querySelector("[data-saved]").childNodes);
      tellTimes();
    } catch {
      saved.textContent = form.dataset.unsent;
    } finally {
      isSaving = false;
    }
  }
  form.querySelector("[data-discard]")?.addEventListener("click", () => { edits = 0; });
  window.addEventListener("beforeunload", (event) => { if (edits) event.preventDefault(); });
  window.addEventListener("pageshow", (event) => { if (event.persisted) edits += 1; });
  document.addEventListener("keydown", (event) => {
    if (!(event.ctrlKey || event.metaKey) || event.altKey || event.key.toLowerCase() !== "s") return;
    event.preventDefault();
    const save = form.querySelector("[data-save]");
    if (save) form.requestSubmit(save);
  });
}

/** Whether a cover is to be uploaded or removed, after which much of the page is another. */
function changesFiles(form) {
  const isChosen = [...form.querySelectorAll("[type=file]")].some((field) => field.files.length);
  return isChosen || form.elements.namedItem("remove_cover")?.checked;
}

/** Take over what the site made of the fields, but for those that were changed meanwhile. */
function adopt(form, theirs, sent) {
  for (const field of theirs.querySelectorAll("input:not([type=file], [type=checkbox])")) {
    const own = form.elements.namedItem(field.name);
    if (!own || own === document.activeElement || own.value === field.value) continue;
    if (own.value === sent.get(field.name)) own.value = field.value;
  }
}

/** Show the text beside itself as readers will see it; the button shows and hides that. */
function preview(form, text) {
  const pane = form.querySelector("[data-preview]");
  const button = form.querySelector("[data-preview-button]");
  let waiting, asked;
  async function show() {
    asked?.abort();
    asked = new AbortController();
    const body = new FormData();
    body.set("content", text.value);
    try {
      const answer = await post(form, form.dataset.previewUrl, body, "text/html", asked.signal);
      if (answer.ok || answer.status === 422) pane.innerHTML = await answer.text();
      else pane.textContent = form.dataset.offline;
    } catch (error) {
      if (error.name !== "AbortError") pane.textContent = form.dataset.offline;
    }
  }
  text.addEventListener("input", () => {
    clearTimeout(waiting);
    if (!pane.hidden) waiting = setTimeout(show, PAUSE);
  });
  button.type = "button";
  button.setAttribute("aria-expanded", String(!pane.hidden));
  button.addEventListener("click", () => {
    pane.hidden = !pane.hidden;
    button.setAttribute("aria-expanded", String(!pane.hidden));
    form.classList.toggle("has-preview", !pane.hidden);
    if (!pane.hidden) show();
  });
  if (matchMedia("(min-width: 75rem)").matches && pane.hidden) button.click();
  form.classList.toggle("has-preview", !pane.hidden);
}

/** Upload what is dropped on the text, pasted into it or chosen; write it there as a paragraph. */
function images(form, text) {
  const refusal = form.querySelector("[data-image-error]");
  const dialog = document.querySelector("[data-image-dialog]");
  const chosen = dialog.querySelector("[type=file]");
  const alt = dialog.querySelector("#image-alt");
  let waiting = []; // images that are to be asked for, the first in the dialog
  let place = [0, 0]; // where in the text the next one goes, for the dialog takes the selection away
  async function upload(file, words) {
    refusal.hidden = true;
    const note = `![${form.dataset.uploading}](${++upload.count})`;
    const [start, end] = place;
    const [before, after] = gaps(text.value.slice(0, start), text.value.slice(end));
    text.setRangeText(before + note + after, start, end, "end");
    const body = new FormData();
    body.set("file", file, file.name || "image.png");
    body.set("alt", words);
    let written = "";
    try {
      const answer = await post(form, form.dataset.imageUrl, body, "application/json");
      const data = await answer.json();
      if (answer.ok) written = data.markdown;
      else refuse(Object.values(data.errors).flat().join(" "));
    } catch {
      refuse(form.dataset.failed);
    }
    const whole = before + note + after;
    const old = !written && text.value.includes(whole) ? whole : note;
    const at = text.value.indexOf(old);
    if (at >= 0) {
      text.setRangeText(written, at, at + old.length, "preserve");
      place = [at + written.length, at + written.length];
    }
    text.dispatchEvent(new Event("input", { bubbles: true }));
  }
  upload.count = 0;
  function refuse(words) {
    refusal.textContent = words;
    refusal.hidden = false;
  }
  /** Ask for the next image's description before it is uploaded. */
  function ask() {
    const [file] = waiting;
    if (file) {
      const files = new DataTransfer();
      files.items.add(file);
      chosen.files = files.files;
    }
    dialog.returnValue = "";
    dialog.showModal();
    if (file) alt.focus();
  }
  function start(images) {
    waiting = images;
    place = [text.selectionStart, text.selectionEnd];
    ask();
  }
  function take(event, files) {
    const images = [...(files ?? [])].filter((file) => file.type.startsWith("image/"));
    if (!images.length) return;
    event.preventDefault();
    start(images);
  }
  text.addEventListener("dragover", (event) => {
    if ([...event.dataTransfer.types].includes("Files")) event.preventDefault();
  });
  text.addEventListener("drop", (event) => take(event, event.dataTransfer.files));
  text.addEventListener("paste", (event) => {
    if (!event.clipboardData.types.includes("text/plain")) take(event, event.clipboardData.files);
  });
  form.querySelector("[data-image-button]").addEventListener("click", (event) => {
    event.preventDefault();
    start([]);
  });
  dialog.addEventListener("close", async () => {
    const [file] = chosen.files, words = alt.value;
    chosen.value = alt.value = "";
    waiting.shift();
    if (!waiting.length) text.focus();
    if (dialog.returnValue === "upload" && file) await upload(file, words);
    if (waiting.length) ask();
  });
}

/** What must stand between a paragraph and the texts before and after it: one empty line. */
function gaps(before, after) {
  const missing = (breaks) => "\n".repeat(Math.max(0, 2 - breaks.length));
  return [
    before ? missing(/\n*$/.exec(before)[0]) : "",
    after ? missing(/^\n*/.exec(after)[0]) : "",
  ];
}

/** Say what times of the site's zone are on the clock of who reads them. */
function tellTimes() {
  const here = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const city = here.split("/").at(-1).replaceAll("_", " ");
  const tell = (at) => `${at.toLocaleString("en-GB", { day: "numeric", month: "long", hour: "2-digit", minute: "2-digit" })} ${city}`;
  for (const time of document.querySelectorAll("time[data-zone]")) {
    if (time.dataset.zone !== here) time.title = tell(new Date(time.dateTime));
  }
  const field = document.querySelector("input[data-zone]");
  const note = document.querySelector("[data-here]");
  if (!field || !note || field.dataset.zone === here) return;
  const show = () => {
    note.hidden = !field.value;
    if (field.value) note.textContent = note.dataset.here.replace("{time}", tell(instant(field.value, field.dataset.zone)));
  };
  field.addEventListener("input", show);
  show();
}

/** The instant at which clocks in a zone show a time such as 2026-12-24T09:00. */
function instant(shown, zone) {
  const wanted = Date.parse(`${shown}Z`);
  const clock = new Intl.DateTimeFormat("sv", { timeZone: zone, dateStyle: "short", timeStyle: "medium" });
  let at = wanted;
  for (const _ of [1, 2]) at += wanted - Date.parse(`${clock.format(at).replace(" ", "T")}Z`);
  return new Date(at);
}

/** Send a form of the page's own, with its token. */
function post(form, url, body, accept, signal) {
  body.set("csrfmiddlewaretoken", form.elements.namedItem("csrfmiddlewaretoken").value);
  return fetch(url, { method: "POST", body, headers: { Accept: accept }, signal });
}
