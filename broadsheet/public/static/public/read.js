// What a page gains with JavaScript. Everything works without it.

const root = document.documentElement;

/** The words that stand in the page, so that they are translated with it. */
const word = (name) => document.body.dataset[name] ?? name;

function choosing() {
  const themes = document.querySelector(".themes");
  if (!themes) return;
  const show = () => {
    const now = root.dataset.theme ?? "";
    for (const button of themes.querySelectorAll("button")) {
      button.setAttribute("aria-pressed", String(button.value === now));
    }
  };
  themes.addEventListener("click", ({ target }) => {
    const button = target.closest("button");
    if (!button) return;
    if (button.value) root.dataset.theme = button.value;
    else delete root.dataset.theme;
    try {
      if (button.value) localStorage.setItem("theme", button.value);
      else localStorage.removeItem("theme");
    } catch { /* storage is off: it holds for this page */ }
    show();
  });
  themes.hidden = false;
  show();
}

choosing();
