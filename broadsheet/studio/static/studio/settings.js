// The settings panel: whether the slug is free, names of tags and series, previews of links to the post.

const DELAY = 250; // milliseconds after the last keystroke
const panel = document.getElementById("settings");
if (panel) {
  const { elements } = panel.closest("form");
  setUpSlug(elements.namedItem("slug"));
  suggest(elements.namedItem("tags"), panel.dataset.tagsUrl);
  suggest(elements.namedItem("series"), panel.dataset.seriesUrl);
  setUpPreviews(elements);
}

/** Say whether the slug is free, while it is typed. */
function setUpSlug(field) {
  const state = panel.querySelector("[data-slug-state]");
  state.id = "slug-state";
  field.setAttribute("aria-describedby", `${field.getAttribute("aria-describedby") ?? ""} slug-state`.trim());
  whenTyped(field, async (signal) => {
    const slug = field.value.trim();
    let answer = { is_free: true, message: "" };
    if (slug) {
      const id = panel.querySelector("[data-post-id]")?.value ?? "";
      answer = await get(`${panel.dataset.slugUrl}?${new URLSearchParams({ slug, post: id })}`, signal);
    }
    state.textContent = answer.message;
    state.hidden = !answer.message;
    state.classList.toggle("is-free", answer.is_free);
    if (answer.is_free) field.removeAttribute("aria-invalid");
    else field.setAttribute("aria-invalid", "true");
  });
}

/** Suggest names that exist for the last name in a list separated by commas. */
function suggest(field, url) {
  const list = document.createElement("datalist");
  list.id = `${field.id}-names`;
  field.after(list);
  field.setAttribute("list", list.id);
  field.autocomplete = "off";
  whenTyped(field, async (signal) => {
    const [, before, typed] = /^(.*,\s*)?(.*)$/s.exec(field.value);
    const isList = field.name === "tags";
    const q = isList ? typed : field.value;
    const { names } = q.trim() ? await get(`${url}?${new URLSearchParams({ q })}`, signal) : { names: [] };
    list.replaceChildren(...names.map((name) => {
      const value = isList ? `${before ?? ""}${name}` : name;
      return Object.assign(document.createElement("option"), { value });
    }));
  });
}

/** Show how a search and a link to the post look, from the fields. */
function setUpPreviews(elements) {
  const previews = panel.querySelector("[data-link-previews]");
  const value = (name) => elements.namedItem(name).value.trim();
  function show() {
    const title = value("seo_title") || value("title") || "…";
    const text = value("seo_description") || value("excerpt") || previews.dataset.summary;
    const texts = {
      host: location.host,
      address: `${location.host} › ${value("slug") || "…"}`,
      "search-title": value("seo_title") || `${title} · ${previews.dataset.site}`,
      "search-text": text,
      title,
      text,
    };
    for (const place of previews.querySelectorAll("[data-show]")) {
      place.textContent = texts[place.dataset.show];
    }
  }
  for (const name of ["title", "slug", "excerpt", "seo_title", "seo_description"]) {
    elements.namedItem(name).addEventListener("input", show);
  }
  previews.hidden = false;
  show();
}

/** Call a function a moment after each change; a newer call aborts the one before. */
function whenTyped(field, run) {
  let waiting, request;
  field.addEventListener("input", () => {
    clearTimeout(waiting);
    request?.abort();
    waiting = setTimeout(async () => {
      request = new AbortController();
      try {
        await run(request.signal);
      } catch {
        // Without an answer nothing is said: saving checks it all again.
      }
    }, DELAY);
  });
}

/** Return the JSON at a URL. */
async function get(url, signal) {
  const response = await fetch(url, { headers: { Accept: "application/json" }, signal });
  if (!response.ok) throw new Error(response.statusText);
  return response.json();
}
