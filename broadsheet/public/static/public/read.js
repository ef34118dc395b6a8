// What a page gains with JavaScript. Everything works without it.

const root = document.documentElement;
const wide = matchMedia("(min-width: 64rem)");

/** Make an element from its attributes (or properties) and what stands in it. */
function make(name, attributes = {}, ...inside) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) if (value !== undefined) element.setAttribute(key, value);
  element.append(...inside);
  return element;
}

/** Light, dark or as the system is: kept in this browser, and the same in its other windows. */
function chooseTheme() {
  const themes = document.querySelector(".themes");
  if (!themes) return;
  const put = (theme) => {
    if (theme) root.dataset.theme = theme;
    else delete root.dataset.theme;
    for (const button of themes.querySelectorAll("button")) {
      button.setAttribute("aria-pressed", String(button.value === theme));
    }
  };
  themes.addEventListener("click", ({ target }) => {
    const button = target.closest("button");
    if (!button) return;
    put(button.value);
    try {
      localStorage.setItem("theme", button.value);
    } catch { /* storage is off: the choice holds for this page */ }
  });
  addEventListener("storage", ({ key, newValue }) => key === "theme" && put(newValue ?? ""));
  put(root.dataset.theme ?? "");
  themes.hidden = false;
}

/** Who is reading: pages are the same for all, so this part comes after them. */
async function greet() {
  const place = document.querySelector("[data-user-menu]");
  if (!place) {
    const isLoggedIn = document.querySelector('[href="/logout"], [action="/logout"]');
    if (isLoggedIn && !isReturning()) remember(64); // until a page has shown how wide the name is
    return;
  }
  // A page that is made ready ahead may never be seen, and messages are told once.
  if (document.prerendering) {
    await new Promise((seen) => document.addEventListener("prerenderingchange", seen, { once: true }));
  }
  const priority = isReturning() ? "auto" : "low";
  const text = await fetch(place.dataset.userMenu, { priority })
    .then((answer) => (answer.ok ? answer.text() : ""))
    .catch(() => ""); // nobody answers, or the page was left
  if (text) {
    const fragment = make("template");
    fragment.innerHTML = text;
    if (fragment.content.textContent.trim() !== place.textContent.trim()) {
      place.replaceChildren(fragment.content);
    }
  }
  delete root.dataset.returning;
  if (text) remember(place.querySelector(".you") && place.getBoundingClientRect().width);
}

/** Whether somebody was logged in here last, for whose name room is kept. */
function isReturning() {
  return "returning" in root.dataset;
}

/** Keep room for the name on the next page; theme.js does, before that is painted. */
function remember(width) {
  try {
    if (width) localStorage.setItem("reader-width", width);
    else localStorage.removeItem("reader-width");
  } catch { /* storage is off: "Log in" shows until the name comes */ }
}

/** `/` goes to the search field, or to the page that has one. */
function listenForSlash() {
  addEventListener("keydown", (event) => {
    const isTyping = event.target.closest?.("input, textarea, select, [contenteditable]");
    if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || isTyping) return;
    const field = document.querySelector("input[type=search]");
    const link = document.querySelector("a[data-search]");
    if (!field && !link) return;
    event.preventDefault();
    if (field) field.select(), field.focus();
    else link.click();
  });
}

/** A bar over each listing: its language, and buttons that wrap and copy it. */
function dressCode(prose) {
  const words = { copy: "Copy", copied: "Copied", wrap: "Wrap", ...prose.dataset };
  for (const figure of prose.querySelectorAll("figure.code")) {
    const pre = figure.querySelector("pre");
    const copy = make("button", { type: "button" }, words.copy);
    copy.addEventListener("click", async () => {
      try {
        await navigator.clipboard.writeText(pre.textContent);
      } catch {
        getSelection().selectAllChildren(pre);
        return;
      }
      copy.textContent = words.copied;
      setTimeout(() => { copy.textContent = words.copy; }, 2000);
    });
    const wrap = make("button", { type: "button", "aria-pressed": "false" }, words.wrap);
    wrap.hidden = pre.scrollWidth <= pre.clientWidth;
    wrap.addEventListener("click", () => {
      wrap.setAttribute("aria-pressed", String(figure.classList.toggle("is-wrapped")));
    });
    figure.prepend(make("div", { class: "code-bar", lang: words.words }, make("span", {}, figure.dataset.lang ?? ""), wrap, copy));
  }
}

/** Embedded players: nothing is asked of their makers before a click. */
function dressEmbeds(prose) {
  for (const figure of prose.querySelectorAll("figure[data-embed]")) {
    const { embed, provider } = figure.dataset;
    const label = (prose.dataset.load ?? "Load from {name}").replace("{name}", provider);
    const button = make("button", { type: "button", class: "button is-quiet", lang: prose.dataset.words }, label);
    button.addEventListener("click", () => {
      const frame = make("iframe", {
        src: embed,
        title: `${provider}: ${figure.querySelector("a").textContent}`,
        allow: "autoplay; encrypted-media; fullscreen; picture-in-picture",
        referrerpolicy: "strict-origin-when-cross-origin",
      });
      figure.classList.replace("is-ready", "is-open");
      figure.replaceChildren(frame);
      frame.focus();
    });
    figure.classList.add("is-ready");
    figure.prepend(button);
  }
}

/** A cover that is no longer where it was leaves no hole: the story is set as one without. */
function dropLostCovers() {
  for (const image of document.querySelectorAll(":is(.cover, .post-cover) img")) {
    const drop = () => image.closest(".cover, .post-cover").remove();
    if (image.complete && !image.naturalWidth) drop();
    else image.addEventListener("error", drop);
  }
  // Nor a patch of colour that makes its description hard to read.
  for (const image of document.querySelectorAll(".prose img.tone")) {
    image.addEventListener("error", () => image.classList.remove("tone"));
  }
}

/** Footnotes stand beside the line that calls them where the window has the room. */
function placeNotes(prose) {
  const notes = [...prose.querySelectorAll(":scope > .footnotes li")];
  if (!notes.length || !prose.closest(".post")) return;
  const place = () => {
    prose.classList.toggle("is-beside", wide.matches);
    const top = prose.getBoundingClientRect().top;
    let free = 0;
    for (const note of notes) {
      const call = prose.querySelector(`.footnote-ref a[href="#${CSS.escape(note.id)}"]`);
      if (!wide.matches || !call) {
        note.style.top = "";
        continue;
      }
      const at = Math.max(free, call.getBoundingClientRect().top - top - 4);
      note.style.top = `${at}px`;
      free = at + note.offsetHeight + 12;
    }
  };
  new ResizeObserver(place).observe(prose);
  wide.addEventListener("change", place);
}

/** The contents are open beside the text, and say where in it the reader is. */
function followContents() {
  const details = document.querySelector(".contents > details");
  if (!details) return;
  const open = () => { details.open = wide.matches; };
  wide.addEventListener("change", open);
  open();
  const links = new Map([...details.querySelectorAll("a")].map((a) => [decodeURI(a.hash).slice(1), a]));
  const seen = new IntersectionObserver((entries) => {
    for (const { target, isIntersecting } of entries) {
      if (!isIntersecting) continue;
      for (const link of links.values()) link.removeAttribute("aria-current");
      links.get(target.id)?.setAttribute("aria-current", "true");
    }
  }, { rootMargin: "0px 0px -75% 0px" });
  for (const id of links.keys()) {
    const heading = document.getElementById(id);
    if (heading) seen.observe(heading);
  }
}

/** From a list to a post, the headline goes where it was put. */
function carryHeadline() {
  const name = (address) => {
    const path = new URL(address).pathname;
    for (const link of document.querySelectorAll("main :is(h2, li) a")) {
      const box = link.getBoundingClientRect();
      if (link.pathname === path && box.bottom > 0 && box.top < innerHeight) {
        link.style.viewTransitionName = "headline";
        return link;
      }
    }
    return null;
  };
  const carry = (transition, address) => {
    if (!transition || !address || document.querySelector(".post-head")) return;
    const link = name(address);
    transition.finished.finally(() => { if (link) link.style.viewTransitionName = ""; });
  };
  addEventListener("pageswap", (e) => carry(e.viewTransition, e.activation?.entry.url));
  addEventListener("pagereveal", (e) => carry(e.viewTransition, globalThis.navigation?.activation?.from?.url));
}

/** A public page is fetched when the pointer rests on its link, in browsers that read no rules. */
function fetchAhead() {
  const isPublic = document.querySelector("link[rel=canonical]");
  if (!isPublic || HTMLScriptElement.supports?.("speculationrules") || navigator.connection?.saveData) return;
  const fetched = new Set([location.href]);
  const fetchSoon = ({ target }) => {
    const link = target.closest?.("main a[href^='/']:not([download], [target], [rel~=nofollow])");
    if (!link || link.pathname.includes(".") || fetched.has(link.href)) return;
    const rest = setTimeout(() => {
      fetched.add(link.href);
      document.head.append(make("link", { rel: "prefetch", href: link.href }));
    }, 100);
    link.addEventListener("pointerleave", () => clearTimeout(rest), { once: true });
  };
  addEventListener("pointerover", fetchSoon);
  addEventListener("touchstart", fetchSoon, { passive: true });
}

chooseTheme();
fetchAhead();
listenForSlash();
dropLostCovers();
carryHeadline();
followContents();
for (const prose of document.querySelectorAll(".prose")) {
  dressCode(prose);
  dressEmbeds(prose);
  placeNotes(prose);
}
if (isReturning()) greet();
else (globalThis.requestIdleCallback ?? setTimeout)(greet);
