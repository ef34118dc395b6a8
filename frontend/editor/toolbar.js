// The toolbar above the text: formats, focus mode, help, and the number of words.

import { EditorView } from "@codemirror/view";
import { StateEffect } from "@codemirror/state";
import { insertLink, press, toggleBold, toggleCode, toggleHeading, toggleItalic, toggleList, toggleQuote } from "./commands.js";
import { text } from "./texts.js";

const WORDS_PER_MINUTE = 230;
const COUNT_DELAY = 250; // milliseconds after the last keystroke

/** Put the toolbar above the editor. */
export function setUpToolbar(view, { showHelp }) {
  const bar = document.createElement("div");
  bar.className = "editor-bar";
  const tools = document.createElement("div");
  tools.className = "editor-tools";
  tools.setAttribute("role", "toolbar");
  tools.setAttribute("aria-label", text("Format"));
  const buttons = [
    ["B", "Bold", toggleBold, "is-bold"],
    ["I", "Italic", toggleItalic, "is-italic"],
    ["Link", "Link", insertLink],
    ["<>", "Code", toggleCode, "is-code"],
    ["H2", "Heading", toggleHeading(2)],
    ["H3", "Smaller heading", toggleHeading(3)],
    ["“”", "Quote", toggleQuote, "is-bold"],
    ["–", "List", toggleList],
    ["Image", "Image", press("[data-image-button]")],
  ].map(([face, label, run, style = ""]) => {
    const button = createButton(text(face), style, () => { view.focus(); run(view); });
    button.title = text(label);
    const isWord = /\w{2}/.test(face); // then the name has to contain what is seen
    if (face !== label) button.setAttribute("aria-label", isWord ? `${text(face)}, ${text(label)}` : text(label));
    return button;
  });
  tools.append(...buttons);
  roveFocus(tools, buttons);

  const isHidden = remembered("toolbar-hidden", (value) => {
    tools.hidden = value;
    toggle.setAttribute("aria-expanded", String(!value));
  });
  const toggle = createButton(text("Format"), "", () => isHidden.set(!isHidden.value));
  const isFocused = remembered("focus-mode", (value) => {
    view.dom.classList.toggle("is-focused", value);
    focus.setAttribute("aria-pressed", String(value));
  });
  const focus = createButton(text("Focus"), "", () => isFocused.set(!isFocused.value));
  const help = createButton(text("Keys"), "", () => showHelp(view));
  const count = document.createElement("span");
  count.className = "editor-count";
  bar.append(toggle, tools, count, focus, help);
  view.dom.before(bar);
  isHidden.set(isHidden.value);
  isFocused.set(isFocused.value);
  showCount(view, count);
}

function createButton(face, style, run) {
  const button = Object.assign(document.createElement("button"), { type: "button", className: style, textContent: face });
  button.addEventListener("mousedown", (event) => event.preventDefault()); // keeps the selection
  button.addEventListener("click", run);
  return button;
}

/** Return a setting of this browser; `apply` shows its value. */
function remembered(name, apply) {
  const key = `studio-${name}`;
  return {
    value: localStorage.getItem(key) === "1",
    set(value) {
      this.value = value;
      localStorage.setItem(key, value ? "1" : "0");
      apply(value);
    },
  };
}

/** Move with the arrow keys within the toolbar; Tab enters and leaves it. */
function roveFocus(bar, buttons) {
  buttons.forEach((button, index) => { button.tabIndex = index ? -1 : 0; });
  bar.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const old = buttons.indexOf(document.activeElement);
    const next = buttons[(old + step + buttons.length) % buttons.length];
    buttons[old].tabIndex = -1;
    next.tabIndex = 0;
    next.focus();
  });
}

/** Show the number of words and the reading time, a moment after each change. */
function showCount(view, element) {
  let waiting;
  function show() {
    const words = view.state.doc.toString().replace(/\]\([^)\n]*\)/g, "] ").match(/[\p{L}\p{N}][\p{L}\p{N}\p{M}'’-]*/gu)?.length ?? 0;
    const minutes = Math.max(1, Math.round(words / WORDS_PER_MINUTE));
    element.textContent = text("{words} words · {minutes} min")
      .replace("{words}", words.toLocaleString(document.documentElement.lang || undefined))
      .replace("{minutes}", minutes);
  }
  view.dispatch({
    effects: StateEffect.appendConfig.of(EditorView.updateListener.of((update) => {
      if (!update.docChanged) return;
      clearTimeout(waiting);
      waiting = setTimeout(show, COUNT_DELAY);
    })),
  });
  show();
}
