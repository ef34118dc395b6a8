// Progressive enhancement of public pages. Everything works without it.

const root = document.documentElement;
const wide = matchMedia("(min-width: 64rem)");

/** Create an element from its attributes (or properties) and children. */
function make(name, attributes = {}, ...inside) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) if (value !== undefined) element.setAttribute(key, value);
  element.append(...inside);
  return element;
}

/** Theme: light, dark or system; saved in this browser and synchronized with its other windows. */
function chooseTheme() {
  const themes = document.querySelector(".themes");
  if (!themes) return;
  const apply = (theme) => {
    if (theme) root.dataset.theme = theme;
    else delete root.dataset.theme;
    for (const button of themes.querySelectorAll("button")) {
      button.setAttribute("aria-pressed", String(button.value === theme));
    }
  };
  themes.addEventListener("click", ({ target }) => {
    const button = target.closest("button");
    if (!button) return;
    apply(button.value);
    try {
      localStorage.setItem("theme", button.value);
    } catch { /* storage is disabled: the choice applies to this page only */ }
  });
  addEventListener("storage", ({ key, newValue }) => key === "theme" && apply(newValue ?? ""));
  apply(root.dataset.theme ?? "");
  themes.hidden = false;
}

/** User menu: pages are the same for every visitor, so this part is fetched separately. */
async function loadUserMenu() {
  const menu = document.querySelector("[data-user-menu]");
  if (!menu) {
    const isLoggedIn = document.querySelector('[href="/logout"], [action="/logout"]');
    if (isLoggedIn && !isReturning()) saveMenuWidth(64); // an estimate until a page measures the name
    return;
  }
  // A prerendered page may never be shown, and messages are shown once.
  if (document.prerendering) {
    await new Promise((resolve) => document.addEventListener("prerenderingchange", resolve, { once: true }));
  }
  const priority = isReturning() ? "auto" : "low";
  const text = await fetch(menu.dataset.userMenu, { priority })
    .then((response) => (response.ok ? response.text() : ""))
    .catch(() => ""); // network error, or the user left the page
  if (text) {
    const fragment = make("template");
    fragment.innerHTML = text;
    if (fragment.content.textContent.trim() !== menu.textContent.trim()) {
      menu.replaceChildren(fragment.content);
    }
  }
  delete root.dataset.returning;
  if (text) saveMenuWidth(menu.querySelector(".you") && menu.getBoundingClientRect().width);
}

/** Return whether a user was logged in on the last page: then space for the name is reserved. */
function isReturning() {
  return "returning" in root.dataset;
}

/** Save the width of the name; theme.js reserves it on the next page before the first paint. */
function saveMenuWidth(width) {
  try {
    if (width) localStorage.setItem("reader-width", width);
    else localStorage.removeItem("reader-width");
  } catch { /* storage is disabled: "Log in" is shown until the name is loaded */ }
}

/** Keyboard shortcut `/`: focus the search field, or open the search page. */
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

/** Toolbar of each code block: its language, and buttons to wrap lines and to copy. */
function addCodeToolbars(prose) {
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

/** Embedded players: no request to their providers before a click. */
function addEmbedButtons(prose) {
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

/** If a cover image is missing, lay the post out as one without a cover. */
function removeBrokenCovers() {
  for (const image of document.querySelectorAll(":is(.cover, .post-cover) img")) {
    const drop = () => image.closest(".cover, .post-cover").remove();
    if (image.complete && !image.naturalWidth) drop();
    else image.addEventListener("error", drop);
  }
  // Remove the placeholder colour, on which the alternative text is hard to read.
  for (const image of document.querySelectorAll(".prose img.tone")) {
    image.addEventListener("error", () => image.classList.remove("tone"));
  }
}

/** Show footnotes as sidenotes next to their references if the window is wide enough. */
function placeSidenotes(prose) {
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

/** Table of contents next to the text: open it, and highlight the current section. */
function highlightCurrentSection() {
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

/** View transition from a list to a post: the headline moves to its new position. */
function animateHeadline() {
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

/** Prefetch public pages on hover, in browsers without Speculation Rules. */
function prefetchOnHover() {
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
prefetchOnHover();
listenForSlash();
removeBrokenCovers();
animateHeadline();
highlightCurrentSection();
for (const prose of document.querySelectorAll(".prose")) {
  addCodeToolbars(prose);
  addEmbedButtons(prose);
  placeSidenotes(prose);
}
if (isReturning()) loadUserMenu();
else (globalThis.requestIdleCallback ?? setTimeout)(loadUserMenu);
