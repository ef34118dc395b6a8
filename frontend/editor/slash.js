// The slash menu: what can be inserted, at the start of a line or after a space.

import { snippet } from "@codemirror/autocomplete";
import { syntaxTree } from "@codemirror/language";
import { text } from "./texts.js";

/** Return an entry that inserts a template. */
const entry = (label, detail, template) => ({ label: `/${text(label)}`, displayLabel: text(label), detail, apply: snippet(template) });

const ENTRIES = [
  {
    label: `/${text("Image")}`,
    displayLabel: text("Image"),
    detail: text("or paste, or drop"),
    apply(view, _completion, from, to) {
      view.dispatch({ changes: { from, to }, userEvent: "delete" });
      document.querySelector("[data-image-button]")?.click();
    },
  },
  entry("Heading", "##", "## ${}"),
  entry("List", "-", "- ${}"),
  entry("Task list", "- [ ]", "- [ ] ${}"),
  entry("Quote", ">", "> ${}"),
  entry("Table", "3 × 2", "| ${1} |  |  |\n| --- | --- | --- |\n|  |  |  |\n${}"),
  entry("Code", "```", "```${1:language}\n${}\n```"),
  entry("Callout", "> [!NOTE]", "> [!${1:NOTE}]\n> ${}"),
  entry("Footnote", "[^1]", "[^${1:1}]${}"),
  entry("Formula", "$$", "$$\n${}\n$$"),
  entry("Break", "***", "***\n\n${}"),
].map((option, index) => ({ ...option, boost: -index })); // in this order

/** Complete a slash and what is typed after it. */
export function completeSlash(context) {
  const typed = context.matchBefore(/(?<=^|\s)\/\p{L}*/u);
  if (!typed) return null;
  const node = syntaxTree(context.state).resolveInner(context.pos, -1);
  if (/Code|URL|HTML/.test(node.name)) return null;
  return { from: typed.from, options: ENTRIES, validFor: /^\/\p{L}*$/u };
}
