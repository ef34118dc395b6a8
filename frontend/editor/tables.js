// Tables: Tab moves from cell to cell and aligns the columns of the table.

import { syntaxTree } from "@codemirror/language";

const DELIMITER = /^:?-+:?$/;

/** Return the command that moves to the next cell (`step` 1) or the one before (-1). */
export function moveInTable(step) {
  return (view) => {
    const { state } = view;
    const { head } = state.selection.main;
    const table = tableAt(state, head);
    if (!table) return false;
    const lines = [];
    for (let line = state.doc.lineAt(table.from); ; line = state.doc.line(line.number + 1)) {
      lines.push(line);
      if (line.to >= table.to) break;
    }
    if (lines.some((line) => !/^\s*\|.*\|\s*$/.test(line.text))) return false; // other forms stay as typed
    const rows = lines.map((line) => splitCells(line.text));
    const row = lines.findIndex((line) => head <= line.to);
    const cell = splitCells(`${state.sliceDoc(lines[row].from, head)}|`).length - 1;
    const width = Math.max(...rows.map((cells) => cells.length));
    let next = row * width + Math.min(Math.max(cell, 0), width - 1) + step;
    if (Math.floor(next / width) === 1) next += step * width; // not into the line of dashes
    if (next < 0) return false;
    if (next >= rows.length * width) rows.push(Array(width).fill(""));
    const { text, positions } = align(rows, width);
    const [from, to] = positions[next];
    const start = lines[0].from;
    view.dispatch({
      changes: { from: start, to: lines.at(-1).to, insert: text },
      selection: { anchor: start + from, head: start + to },
      scrollIntoView: true,
      userEvent: "input",
    });
    return true;
  };
}

function tableAt(state, position) {
  for (const side of [-1, 1]) { // the cursor may be before the first character, or after the last
    for (let node = syntaxTree(state).resolveInner(position, side); node; node = node.parent) {
      if (node.name === "Table") return node;
    }
  }
  return null;
}

/** Return the cells of a line; `\|` is a character of a cell. */
function splitCells(line) {
  const cells = line.trim().replace(/^\|/, "").split(/(?<!\\)\|/);
  if (cells.at(-1).trim() === "") cells.pop();
  return cells.map((cell) => cell.trim());
}

/** Return the table with aligned columns, and where the content of each cell starts and ends. */
function align(rows, width) {
  const columns = Array.from({ length: width }, (_, column) =>
    Math.max(3, ...rows.filter((_, row) => row !== 1).map((cells) => [...(cells[column] ?? "")].length)));
  const positions = [];
  let text = "";
  rows.forEach((cells, row) => {
    if (row) text += "\n";
    text += "|";
    columns.forEach((size, column) => {
      let cell = cells[column] ?? "";
      if (row === 1 && DELIMITER.test(cell || "-")) {
        cell = `${cell.startsWith(":") ? ":" : "-"}${"-".repeat(size - 2)}${cell.endsWith(":") ? ":" : "-"}`;
      }
      text += " ";
      positions.push([text.length, text.length + cell.length]);
      text += `${cell}${" ".repeat(size - [...cell].length)} |`;
    });
  });
  return { text, positions };
}
