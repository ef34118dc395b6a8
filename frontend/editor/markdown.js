// The look of Markdown: headings, emphasis and code look like themselves; marks are dimmed, and
// the URLs of links are folded where the cursor is not.

import { markdown, markdownLanguage } from "@codemirror/lang-markdown";
import { syntaxHighlighting, syntaxTree } from "@codemirror/language";
import { Decoration, EditorView, ViewPlugin, WidgetType } from "@codemirror/view";
import { tagHighlighter, tags } from "@lezer/highlight";
import { text } from "./texts.js";

const CLASSES = tagHighlighter([
  { tag: tags.strong, class: "md-strong" },
  { tag: tags.emphasis, class: "md-em" },
  { tag: tags.strikethrough, class: "md-strike" },
  { tag: tags.link, class: "md-link" },
  { tag: tags.url, class: "md-url" },
  { tag: tags.monospace, class: "md-code" },
  { tag: tags.processingInstruction, class: "md-mark" },
  { tag: tags.contentSeparator, class: "md-mark" },
  { tag: tags.labelName, class: "md-label" },
  { tag: [tags.keyword, tags.tagName], class: "code-keyword" },
  { tag: [tags.string, tags.attributeValue], class: "code-string" },
  { tag: [tags.comment, tags.meta], class: "code-comment" },
  { tag: [tags.number, tags.bool], class: "code-number" },
]);

const LINES = {
  ATXHeading1: "md-h1", ATXHeading2: "md-h2", ATXHeading3: "md-h3",
  ATXHeading4: "md-h4", ATXHeading5: "md-h4", ATXHeading6: "md-h4",
  SetextHeading1: "md-h1", SetextHeading2: "md-h2",
  FencedCode: "md-block", CodeBlock: "md-block", Blockquote: "md-quote", Table: "md-table",
};
const NEAR = Decoration.line({ class: "is-near" });
const HANGING = Decoration.mark({ class: "md-hanging" });
const lineDecorations = new Map(Object.values(LINES).map((name) => [name, Decoration.line({ class: name })]));

/** The folded URL of a link: its host. */
class FoldedUrl extends WidgetType {
  constructor(url) {
    super();
    this.url = url;
  }

  eq(other) {
    return other.url === this.url;
  }

  toDOM() {
    const folded = document.createElement("span");
    folded.className = "md-folded";
    folded.textContent = shorten(this.url);
    folded.title = this.url;
    folded.setAttribute("aria-label", `${text("Link to")} ${this.url}`);
    return folded;
  }

  ignoreEvent() {
    return false;
  }
}

function shorten(url) {
  const short = url.replace(/^https?:\/\/(www\.)?/, "");
  return short.length > 28 ? `${short.slice(0, 27)}…` : short;
}

/** Return the decorations of the visible part. */
function decorate(view) {
  const { state } = view;
  const { from: start, to: end } = state.selection.main;
  const near = [state.doc.lineAt(start).number, state.doc.lineAt(end).number];
  const ranges = [];
  for (let number = near[0]; number <= near[1]; number += 1) {
    const line = state.doc.line(number);
    if (line.from > view.viewport.to) break;
    if (line.to >= view.viewport.from) ranges.push(NEAR.range(line.from));
  }
  for (const { from, to } of view.visibleRanges) {
    syntaxTree(state).iterate({
      from,
      to,
      enter(node) {
        const lineClass = LINES[node.name];
        if (lineClass) {
          const first = state.doc.lineAt(Math.max(node.from, from)).number;
          const last = state.doc.lineAt(Math.min(node.to, to)).number;
          for (let number = first; number <= last; number += 1) {
            ranges.push(lineDecorations.get(lineClass).range(state.doc.line(number).from));
          }
        }
        if (node.name === "HeaderMark" && node.from === state.doc.lineAt(node.from).from) {
          const isBeforeText = state.sliceDoc(node.to, node.to + 1) === " ";
          if (isBeforeText) ranges.push(HANGING.range(node.from, node.to + 1));
        }
        if (node.name === "URL" && node.node.parent?.name === "Link" && node.to - node.from > 12) {
          const line = state.doc.lineAt(node.from).number;
          if (line < near[0] || line > near[1]) {
            const url = state.sliceDoc(node.from, node.to);
            ranges.push(Decoration.replace({ widget: new FoldedUrl(url) }).range(node.from, node.to));
          }
        }
      },
    });
  }
  return Decoration.set(ranges, true);
}

const decorations = ViewPlugin.fromClass(
  class {
    constructor(view) {
      this.decorations = decorate(view);
    }

    update(update) {
      const isParsed = syntaxTree(update.startState) !== syntaxTree(update.state);
      if (update.docChanged || update.selectionSet || update.viewportChanged || isParsed) {
        this.decorations = decorate(update.view);
      }
    }
  },
  {
    decorations: (plugin) => plugin.decorations,
    provide: (plugin) => EditorView.atomicRanges.of((view) =>
      view.plugin(plugin)?.decorations.update({ filter: (_from, _to, value) => value.spec.widget }) ?? Decoration.none),
  },
);

/** Return Markdown as the site renders it: with tables, tasks and strikethrough. */
export const markdownLanguageSupport = () => markdown({ base: markdownLanguage, completeHTMLTags: false });

/** Return the extensions that give Markdown its look; write.css has the styles. */
export const markdownStyle = () => [syntaxHighlighting(CLASSES), decorations];
