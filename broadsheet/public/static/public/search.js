/** Search suggestions: titles while typing; choosing one opens the post. */

const field = document.querySelector("input[data-suggestions]");
const list = document.getElementById("suggestions");
const PAUSE = 120; // ms after the last keystroke

let timer, controller;
let urls = new Map();

async function suggest() {
  controller?.abort();
  controller = new AbortController();
  const url = `${field.dataset.suggestions}?${new URLSearchParams({ q: field.value })}`;
  try {
    const response = await fetch(url, { signal: controller.signal });
    if (!response.ok) return;
    const { posts } = await response.json();
    urls = new Map(posts.map(({ title, url }) => [title, url]));
    list.replaceChildren(...[...urls.keys()].map((title) => Object.assign(document.createElement("option"), { value: title })));
  } catch {
    // Offline, or aborted by the next keystroke: the form works without suggestions.
  }
}

field?.addEventListener("input", (event) => {
  clearTimeout(timer);
  // Choosing a suggestion replaces the whole text; typing changes a character.
  const url = urls.get(field.value);
  if (url && (!event.inputType || event.inputType === "insertReplacementText")) location.assign(url);
  else if (field.value.trim().length > 1) timer = setTimeout(suggest, PAUSE);
});
