// Commands and keys: emphasis, links, code, headings, quotes, and what belongs to the form.

import { indentLess, indentMore } from "@codemirror/commands";
import { syntaxTree } from "@codemirror/language";
import { openSearchPanel } from "@codemirror/search";
import { EditorSelection } from "@codemirror/state";
import { moveInTable } from "./tables.js";

/** Return the command that puts `mark` on both sides of each selection, or removes it. */
export function toggleMark(mark) {
  return (view) => {
    const { state } = view;
    const changes = state.changeByRange((range) => {
      const word = range.empty ? state.wordAt(range.head) : range;
      const { from, to } = word ?? range;
      const width = mark.length;
      const around = state.sliceDoc(Math.max(0, from - width), from) + state.sliceDoc(to, to + width);
      const inner = state.sliceDoc(from, to);
      if (from >= width && around === mark + mark && !isPartOfLonger(state, from - width, to + width, mark)) {
        return {
          changes: [{ from: from - width, to: from }, { from: to, to: to + width }],
          range: EditorSelection.range(range.anchor - width, range.head - width),
        };
      }
      if (inner.length >= 2 * width && inner.startsWith(mark) && inner.endsWith(mark)) {
        return {
          changes: [{ from, to: from + width }, { from: to - width, to }],
          range: EditorSelection.range(from, to - 2 * width),
        };
      }
      return {
        changes: [{ from, insert: mark }, { from: to, insert: mark }],
        range: EditorSelection.range(range.anchor + width, range.head + width),
      };
    });
    view.dispatch(changes, { scrollIntoView: true, userEvent: "input" });
    return true;
  };
}

/** Return whether the marks are a part of longer ones: the stars of bold text are not italic. */
function isPartOfLonger(state, from, to, mark) {
  if (mark !== "*") return false;
  const before = /\**$/.exec(state.sliceDoc(Math.max(0, from - 2), from))[0].length;
  const after = /^\**/.exec(state.sliceDoc(to, to + 2))[0].length;
  return before === 1 && after === 1;
}

/** Make the selection a link and select the place for the URL. */
export function insertLink(view) {
  const { from, to } = view.state.selection.main;
  const label = view.state.sliceDoc(from, to);
  const url = /^https?:\/\/\S+$/.test(label);
  const insert = url ? `[](${label})` : `[${label}]()`;
  const cursor = url || !label ? from + 1 : from + insert.length - 1;
  view.dispatch({ changes: { from, to, insert }, selection: { anchor: cursor }, scrollIntoView: true, userEvent: "input" });
  return true;
}

/** Return the command that starts each selected line with `prefix`, or removes it. */
export function toggleLines(prefix, others) {
  return (view) => {
    const { state } = view;
    const lines = selectedLines(state);
    const hasAll = lines.every((line) => line.text.startsWith(prefix));
    const changes = lines.map((line) => {
      const old = hasAll ? prefix : (others.exec(line.text)?.[0] ?? "");
      return { from: line.from, to: line.from + old.length, insert: hasAll ? "" : prefix };
    });
    const selection = state.selection.map(state.changes(changes), 1);
    view.dispatch({ changes, selection, scrollIntoView: true, userEvent: "input" });
    return true;
  };
}

function selectedLines(state) {
  const { from, to } = state.selection.main;
  const lines = [];
  for (let line = state.doc.lineAt(from); ; line = state.doc.line(line.number + 1)) {
    lines.push(line);
    if (line.to >= to) return lines;
  }
}

/** Return the command that makes the lines a heading of this level. */
export const toggleHeading = (level) => toggleLines(`${"#".repeat(level)} `, /^#{1,6} /);
export const toggleQuote = toggleLines("> ", /^(?!)/);
export const toggleList = toggleLines("- ", /^(?:\d+[.)] )/);
export const toggleBold = toggleMark("**");
export const toggleItalic = toggleMark("*");
export const toggleCode = toggleMark("`");

/** Press a button of the form, if it is there. */
export function press(selector) {
  return () => {
    const button = document.querySelector(selector);
    button?.click();
    return Boolean(button);
  };
}

/** Return the command that runs `command` only in lists and code, where Tab indents. */
function whereTabIndents(command) {
  return (view) => {
    for (let node = syntaxTree(view.state).resolveInner(view.state.selection.main.head, -1); node; node = node.parent) {
      if (["ListItem", "FencedCode", "CodeBlock"].includes(node.name)) return command(view);
    }
    return false;
  };
}

/** How long after Escape Tab leaves the text, in milliseconds; any other key ends it. */
const LEAVE_TIME = 60_000;

/**
 * Let Tab leave the text for longer than the two seconds that the editor's own Escape gives, and
 * also after an Escape that closes a menu, or one that is about to open.
 */
export function leaveByTab(event, view) {
  if (event.key === "Escape") queueMicrotask(() => view.setTabFocusMode(LEAVE_TIME));
}

/** Return the keys. Tab leaves the text elsewhere; after Escape it leaves it everywhere. */
export function commandKeymap({ showHelp }) {
  return [
    { key: "Mod-b", run: toggleBold, preventDefault: true },
    { key: "Mod-i", run: toggleItalic, preventDefault: true },
    { key: "Mod-e", run: toggleCode, preventDefault: true },
    { key: "Mod-k", run: insertLink, preventDefault: true },
    { key: "Mod-Alt-2", run: toggleHeading(2) },
    { key: "Mod-Alt-3", run: toggleHeading(3) },
    { key: "Mod-Shift-.", run: toggleQuote },
    { key: "Mod-Enter", run: press("[data-publish], [name=publish]"), preventDefault: true },
    { key: "Mod-/", run: showHelp, preventDefault: true },
    { key: "Mod-f", run: openSearchPanel, preventDefault: true },
    { key: "Tab", run: moveInTable(1), shift: moveInTable(-1) },
    { key: "Tab", run: whereTabIndents(indentMore), shift: whereTabIndents(indentLess) },
  ];
}
