/** Titles that are offered while one types; choosing one opens its story. */

const field = document.querySelector("input[data-suggestions]");
const list = document.getElementById("suggestions");
const PAUSE = 120; // ms without a key

let timer, asking;
let known = new Map();

async function suggest() {
  asking?.abort();
  asking = new AbortController();
  const address = `${field.dataset.suggestions}?${new URLSearchParams({ q: field.value })}`;
  try {
    const answer = await fetch(address, { signal: asking.signal });
    if (!answer.ok) return;
    const { posts } = await answer.json();
    known = new Map(posts.map(({ title, url }) => [title, url]));
    list.replaceChildren(...[...known.keys()].map((title) => Object.assign(document.createElement("option"), { value: title })));
  } catch {
    // Offline, or another letter was typed: the form works without.
  }
}

field?.addEventListener("input", (event) => {
  clearTimeout(timer);
  // A title that is taken from the list comes as a whole, not as a letter typed.
  const url = known.get(field.value);
  if (url && (!event.inputType || event.inputType === "insertReplacementText")) location.assign(url);
  else if (field.value.trim().length > 1) timer = setTimeout(suggest, PAUSE);
});
