// The dialog that lists the keys.

import { text } from "./texts.js";

const IS_MAC = /Mac|iP(hone|ad)/.test(navigator.platform);
const MOD = IS_MAC ? "⌘" : "Ctrl";

const KEYS = [
  [[MOD, "S"], "Save"],
  [[MOD, "Enter"], "Publish"],
  [[MOD, "B"], "Bold"],
  [[MOD, "I"], "Italic"],
  [[MOD, "K"], "Link"],
  [[MOD, "E"], "Code"],
  [[MOD, "Alt", "2"], "Heading"],
  [[MOD, "Alt", "3"], "Smaller heading"],
  [[MOD, "Shift", "."], "Quote"],
  [["/"], "Insert, at the start of a line or after a space"],
  [["Tab"], "Next cell of a table; indent in lists and code"],
  [[MOD, "F"], "Find and replace"],
  [[MOD, "Z"], "Undo"],
  [[MOD, ","], "Settings"],
  [["F6"], "From the text to the settings and back"],
  [[MOD, "\\"], "Menu"],
  [["Esc", "Tab"], "Leave the text"],
  [[MOD, "/"], "All keys"],
];

/** Create the dialog; return the command that shows it. */
export function setUpHelp() {
  let dialog;
  return (view) => {
    dialog ??= create();
    dialog.showModal();
    dialog.addEventListener("close", () => view.focus(), { once: true });
    return true;
  };
}

function create() {
  const dialog = document.createElement("dialog");
  dialog.className = "help-dialog";
  dialog.setAttribute("aria-labelledby", "help-dialog-title");
  const title = document.createElement("h2");
  title.id = "help-dialog-title";
  title.textContent = text("All keys");
  const list = document.createElement("dl");
  for (const [keys, meaning] of KEYS) {
    const row = document.createElement("div");
    const term = document.createElement("dt");
    for (const key of keys) term.append(Object.assign(document.createElement("kbd"), { textContent: key }), " ");
    row.append(term, Object.assign(document.createElement("dd"), { textContent: text(meaning) }));
    list.append(row);
  }
  const form = document.createElement("form");
  form.method = "dialog";
  form.append(Object.assign(document.createElement("button"), { className: "button is-quiet", textContent: text("Close") }));
  dialog.append(title, list, form);
  document.body.append(dialog);
  return dialog;
}
