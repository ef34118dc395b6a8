// The post form: saving without leaving the page, live preview, image upload by drop and paste,
// and a warning before text is lost. Every page of the studio works without it.

const PREVIEW_DELAY = 150; // milliseconds after the last keystroke

showLocalTimes();
document.addEventListener("fresh", showLocalTimes);
const form = document.querySelector("[data-writing]");
if (form) {
  const text = form.elements.namedItem("content");
  setUpSaving(form);
  setUpPreview(form, text);
  setUpImages(form, text);
}

/** Show whether there are unsaved changes, warn before they are lost, and save without leaving. */
function setUpSaving(form) {
  const saved = form.querySelector("[data-saved]");
  const hadErrors = form.hasAttribute("data-dirty"); // the page shows errors; the next save loads a page
  let edits = hadErrors ? 1 : 0; // number of unsaved edits
  let isSaving = false;
  form.addEventListener("input", () => {
    if (!edits) saved.textContent = form.dataset.unsaved;
    edits += 1;
  });
  form.addEventListener("submit", (event) => {
    saved.textContent = form.dataset.saving;
    const publishes = event.submitter?.matches("[data-publish]") ?? false;
    const isKept = publishes || event.submitter?.matches("[data-save]");
    if (hadErrors || !isKept || changesCover(form)) {
      edits = 0;
      return;
    }
    event.preventDefault();
    if (!isSaving) save(publishes ? () => form.dispatchEvent(new Event("publish")) : () => {});
  });
  async function save(then) {
    const sent = new FormData(form), before = edits;
    isSaving = true;
    try {
      const response = await fetch(form.action, { method: "POST", body: sent });
      if (response.status >= 500) throw new Error(response.statusText);
      const page = new DOMParser().parseFromString(await response.text(), "text/html");
      const theirs = page.querySelector("[data-writing]");
      if (!response.ok || !response.redirected || !theirs) {
        edits = 0;
        form.submit(); // loads the page with the errors
        return;
      }
      edits -= before;
      history.replaceState(null, "", response.url);
      document.title = page.title;
      updateFields(form, theirs, sent);
      for (const part of page.querySelectorAll("[data-fresh]")) {
        document.querySelector(`[data-fresh="${part.dataset.fresh}"]`).replaceChildren(...part.childNodes);
      }
      if (edits) saved.textContent = form.dataset.unsaved;
      else saved.replaceChildren(...theirs.querySelector("[data-saved]").childNodes);
      showLocalTimes();
      if (!edits) then();
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

/** Return whether a cover is uploaded or removed, which changes much of the page. */
function changesCover(form) {
  const isChosen = [...form.querySelectorAll("[type=file]")].some((field) => field.files.length);
  return isChosen || form.elements.namedItem("remove_cover")?.checked;
}

/** Take the normalized values of fields from the response, unless they were edited meanwhile. */
function updateFields(form, theirs, sent) {
  for (const field of theirs.querySelectorAll("input:not([type=file], [type=checkbox])")) {
    const own = form.elements.namedItem(field.name);
    if (!own || own === document.activeElement || own.value === field.value) continue;
    if (own.value === sent.get(field.name)) own.value = field.value;
  }
}

/** Show the rendered text next to the source; a button shows and hides it. */
function setUpPreview(form, text) {
  const pane = form.querySelector("[data-preview]");
  const button = form.querySelector("[data-preview-button]");
  let waiting, request;
  async function show() {
    request?.abort();
    request = new AbortController();
    const body = new FormData();
    body.set("content", text.value);
    try {
      const response = await post(form, form.dataset.previewUrl, body, "text/html", request.signal);
      if (response.ok || response.status === 422) pane.innerHTML = await response.text();
      else pane.textContent = form.dataset.offline;
    } catch (error) {
      if (error.name !== "AbortError") pane.textContent = form.dataset.offline;
    }
  }
  text.addEventListener("input", () => {
    clearTimeout(waiting);
    if (!pane.hidden) waiting = setTimeout(show, PREVIEW_DELAY);
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

/** Upload images that are dropped, pasted or selected; insert each as a paragraph. */
function setUpImages(form, text) {
  const error = form.querySelector("[data-image-error]");
  const dialog = document.querySelector("[data-image-dialog]");
  const fileInput = dialog.querySelector("[type=file]");
  const alt = dialog.querySelector("#image-alt");
  let waiting = []; // images without a description; the dialog shows the first
  let selection = [0, 0]; // before the dialog opened: position of the next image
  async function upload(file, description) {
    error.hidden = true;
    const placeholder = `![${form.dataset.uploading}](#upload-${++upload.count})`;
    const [start, end] = selection;
    const [before, after] = paragraphBreaks(text.value.slice(0, start), text.value.slice(end));
    text.setRangeText(before + placeholder + after, start, end, "end");
    showPassingChange();
    const body = new FormData();
    body.set("file", file, file.name || "image.png");
    body.set("alt", description);
    let markdown = "";
    try {
      const response = await post(form, form.dataset.imageUrl, body, "application/json");
      const data = await response.json();
      if (response.ok) markdown = data.markdown;
      else showError(Object.values(data.errors).flat().join(" "));
    } catch {
      showError(form.dataset.failed);
    }
    const inserted = before + placeholder + after;
    const old = !markdown && text.value.includes(inserted) ? inserted : placeholder;
    const at = text.value.indexOf(old);
    if (at >= 0) {
      text.setRangeText("", at, at + old.length, "preserve");
      showPassingChange();
      text.setRangeText(markdown, at, at, "preserve");
      selection = [at + markdown.length, at + markdown.length];
    }
    text.dispatchEvent(new Event("input", { bubbles: true }));
  }
  upload.count = 0;
  /** Tell the editor about a change that is no edit: an event that does not reach the form. */
  function showPassingChange() {
    text.dispatchEvent(new Event("input"));
  }
  function showError(message) {
    error.textContent = message;
    error.hidden = false;
  }
  /** Open the dialog for the description of the next image. */
  function openDialog() {
    const [file] = waiting;
    if (file) {
      const files = new DataTransfer();
      files.items.add(file);
      fileInput.files = files.files;
    }
    dialog.returnValue = "";
    dialog.showModal();
    if (file) alt.focus();
  }
  function start(images) {
    waiting = images;
    selection = [text.selectionStart, text.selectionEnd];
    openDialog();
  }
  function handleFiles(event, files) {
    const images = [...(files ?? [])].filter((file) => file.type.startsWith("image/"));
    if (!images.length) return;
    event.preventDefault();
    start(images);
  }
  text.addEventListener("dragover", (event) => {
    if ([...event.dataTransfer.types].includes("Files")) event.preventDefault();
  });
  text.addEventListener("drop", (event) => handleFiles(event, event.dataTransfer.files));
  text.addEventListener("paste", (event) => {
    if (!event.clipboardData.types.includes("text/plain")) handleFiles(event, event.clipboardData.files);
  });
  form.querySelector("[data-image-button]").addEventListener("click", (event) => {
    event.preventDefault();
    start([]);
  });
  dialog.addEventListener("close", async () => {
    const [file] = fileInput.files, description = alt.value;
    fileInput.value = alt.value = "";
    waiting.shift();
    if (!waiting.length) text.focus();
    if (dialog.returnValue === "upload" && file) await upload(file, description);
    if (waiting.length) openDialog();
  });
}

/** Return the line breaks that put one empty line before and after a paragraph. */
function paragraphBreaks(before, after) {
  const missing = (breaks) => "\n".repeat(Math.max(0, 2 - breaks.length));
  return [
    before ? missing(/\n*$/.exec(before)[0]) : "",
    after ? missing(/^\n*/.exec(after)[0]) : "",
  ];
}

/** Show times of the site's zone in the browser's zone, too. */
function showLocalTimes() {
  const here = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const city = here.split("/").at(-1).replaceAll("_", " ");
  const format = (at) => `${at.toLocaleString("en-GB", { day: "numeric", month: "long", hour: "2-digit", minute: "2-digit" })} ${city}`;
  for (const time of document.querySelectorAll("time[data-zone]")) {
    if (time.dataset.zone !== here) time.title = format(new Date(time.dateTime));
  }
  const field = document.querySelector("input[data-zone]");
  const note = document.querySelector("[data-here]");
  if (!field || !note || field.dataset.zone === here) return;
  const show = () => {
    note.hidden = !field.value;
    if (field.value) note.textContent = note.dataset.here.replace("{time}", format(parseInZone(field.value, field.dataset.zone)));
  };
  field.addEventListener("input", show);
  show();
}

/** Return the Date of a local time in a zone, such as 2026-12-24T09:00. */
function parseInZone(local, zone) {
  const wanted = Date.parse(`${local}Z`);
  const clock = new Intl.DateTimeFormat("sv", { timeZone: zone, dateStyle: "short", timeStyle: "medium" });
  let at = wanted;
  for (const _ of [1, 2]) at += wanted - Date.parse(`${clock.format(at).replace(" ", "T")}Z`);
  return new Date(at);
}

/** Send a POST request with the form's CSRF token. */
function post(form, url, body, accept, signal) {
  body.set("csrfmiddlewaretoken", form.elements.namedItem("csrfmiddlewaretoken").value);
  return fetch(url, { method: "POST", body, headers: { Accept: accept }, signal });
}
