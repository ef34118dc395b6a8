// Comfort for writers: live preview, images by drop and paste, a word before text is lost.
// Every page of the studio works without it.

const PAUSE = 300; // milliseconds without a key before the preview is asked for

const form = document.querySelector("[data-writing]");
if (form) {
  const text = form.elements.namedItem("content");
  keep(form);
  preview(form, text);
  images(form, text);
}

/** Say that something is not saved yet, warn before it is lost, and save on Ctrl+S. */
function keep(form) {
  const saved = form.querySelector("[data-saved]");
  let isDirty = form.hasAttribute("data-dirty");
  form.addEventListener("input", () => {
    if (!isDirty) saved.textContent = form.dataset.unsaved;
    isDirty = true;
  });
  form.addEventListener("submit", () => {
    isDirty = false;
    saved.textContent = form.dataset.saving;
  });
  form.querySelector("[data-discard]")?.addEventListener("click", () => { isDirty = false; });
  window.addEventListener("beforeunload", (event) => { if (isDirty) event.preventDefault(); });
  window.addEventListener("pageshow", (event) => { if (event.persisted) isDirty = true; });
  document.addEventListener("keydown", (event) => {
    if (!(event.ctrlKey || event.metaKey) || event.altKey || event.key.toLowerCase() !== "s") return;
    event.preventDefault();
    const save = form.querySelector("[data-save]");
    if (save) form.requestSubmit(save);
  });
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

/** Upload what is dropped on the text, pasted into it or chosen in the dialog; write it there. */
function images(form, text) {
  const refusal = form.querySelector("[data-image-error]");
  const dialog = document.querySelector("[data-image-dialog]");
  async function upload(file, alt) {
    refusal.hidden = true;
    const note = `![${form.dataset.uploading}](${++upload.count})`;
    text.setRangeText(note, text.selectionStart, text.selectionEnd, "end");
    const body = new FormData();
    body.set("file", file, file.name || "image.png");
    body.set("alt", alt);
    let written = "";
    try {
      const answer = await post(form, form.dataset.imageUrl, body, "application/json");
      const data = await answer.json();
      if (answer.ok) written = data.markdown;
      else refuse(Object.values(data.errors).flat().join(" "));
    } catch {
      refuse(form.dataset.failed);
    }
    const at = text.value.indexOf(note);
    if (at >= 0) text.setRangeText(written, at, at + note.length, "preserve");
    text.dispatchEvent(new Event("input", { bubbles: true }));
  }
  upload.count = 0;
  function refuse(words) {
    refusal.textContent = words;
    refusal.hidden = false;
  }
  function take(event, files) {
    const found = [...(files ?? [])].filter((file) => file.type.startsWith("image/"));
    if (!found.length) return;
    event.preventDefault();
    for (const file of found) upload(file, "");
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
    dialog.returnValue = "";
    dialog.showModal();
  });
  dialog.addEventListener("close", () => {
    const file = dialog.querySelector("[type=file]");
    const alt = dialog.querySelector("#image-alt");
    if (dialog.returnValue === "upload" && file.files.length) upload(file.files[0], alt.value);
    file.value = alt.value = "";
    text.focus();
  });
}

/** Send a form of the page's own, with its token. */
function post(form, url, body, accept, signal) {
  body.set("csrfmiddlewaretoken", form.elements.namedItem("csrfmiddlewaretoken").value);
  return fetch(url, { method: "POST", body, headers: { Accept: accept }, signal });
}
