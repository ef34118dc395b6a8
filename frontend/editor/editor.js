// The editor of the post form: CodeMirror over the textarea of the text. The textarea stays the
// form's field: the editor writes each change into it, and takes changes that others make there.

import { autocompletion, closeBrackets, closeBracketsKeymap, completionKeymap } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { indentUnit } from "@codemirror/language";
import { highlightSelectionMatches, search, searchKeymap } from "@codemirror/search";
import { Annotation, EditorState, Prec, Transaction } from "@codemirror/state";
import { drawSelection, dropCursor, EditorView, keymap } from "@codemirror/view";
import { commandKeymap, leaveByTab } from "./commands.js";
import { setUpHelp } from "./help.js";
import { markdownLanguageSupport, markdownStyle } from "./markdown.js";
import { pasteHandlers } from "./paste.js";
import { followCursor } from "./preview.js";
import { completeSlash } from "./slash.js";
import { setUpToolbar } from "./toolbar.js";
import { texts } from "./texts.js";

/** Marks changes that come from the textarea. */
const fromTextarea = Annotation.define();

const textarea = document.querySelector("textarea[data-editor]");
if (textarea) enhance(textarea);

/** In fields of one line, Enter goes to the next field. */
const fields = [...document.querySelectorAll("textarea[data-line]"), textarea];
fields.slice(0, -1).forEach((field, index) => field.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.isComposing || event.ctrlKey || event.metaKey) return;
  event.preventDefault();
  fields[index + 1]?.focus();
}));

/** Put an editor in the place of `textarea`. */
function enhance(textarea) {
  const showHelp = setUpHelp();
  const { lang, dir } = textarea;
  const label = textarea.labels[0];
  if (label) label.id ||= `${textarea.id}-label`;
  const described = textarea.getAttribute("aria-describedby");
  const view = new EditorView({
    state: EditorState.create({
      // Browsers have normalized the line breaks of the textarea: line feeds only.
      doc: textarea.value,
      extensions: [
        EditorState.lineSeparator.of("\n"),
        EditorState.allowMultipleSelections.of(true),
        EditorState.phrases.of(texts),
        EditorView.cspNonce.of(document.querySelector("script[data-editor-script]").nonce),
        EditorView.lineWrapping,
        EditorView.perLineTextDirection.of(true),
        EditorView.contentAttributes.of({
          lang, dir, spellcheck: "true", autocorrect: "on", autocapitalize: "sentences",
          "aria-labelledby": label?.id ?? "",
          ...(described && { "aria-describedby": described }),
        }),
        EditorView.updateListener.of((update) => {
          if (update.docChanged || update.selectionSet) write(update);
        }),
        history(),
        drawSelection(),
        dropCursor(),
        closeBrackets(),
        indentUnit.of("    "),
        search({ top: false }),
        highlightSelectionMatches(),
        autocompletion({ override: [completeSlash], icons: false, aboveCursor: false }),
        pasteHandlers(textarea),
        EditorView.domEventObservers({ keydown: leaveByTab }),
        Prec.high(keymap.of(commandKeymap({ showHelp }))),
        keymap.of([
          ...closeBracketsKeymap, ...defaultKeymap, ...searchKeymap, ...historyKeymap, ...completionKeymap,
        ]),
        markdownLanguageSupport(),
        markdownStyle(),
      ],
    }),
  });

  /** Write a change and the selection into the textarea. */
  function write({ state, docChanged, transactions }) {
    const isForeign = transactions.some((transaction) => transaction.annotation(fromTextarea));
    if (docChanged && !isForeign) textarea.value = state.doc.toString();
    const { from, to } = state.selection.main;
    if (!isForeign) textarea.setSelectionRange(from, to);
    if (docChanged && !isForeign) textarea.dispatchEvent(new Event("input", { bubbles: true }));
  }

  /**
   * Take a change that something else made in the textarea: only the part that differs. An event
   * that does not bubble announces a passing change, such as a placeholder, which Undo skips.
   */
  function read({ bubbles }) {
    const old = view.state.doc.toString();
    const { value } = textarea;
    if (value === old) return;
    let start = 0;
    while (start < old.length && start < value.length && old[start] === value[start]) start += 1;
    let end = 0;
    const limit = Math.min(old.length, value.length) - start;
    while (end < limit && old[old.length - 1 - end] === value[value.length - 1 - end]) end += 1;
    view.dispatch({
      changes: { from: start, to: old.length - end, insert: value.slice(start, value.length - end) },
      annotations: [fromTextarea.of(true), Transaction.addToHistory.of(bubbles)],
      userEvent: "input",
    });
  }

  textarea.addEventListener("input", read);
  label?.addEventListener("click", (event) => {
    event.preventDefault();
    view.focus();
  });
  textarea.focus = () => view.focus();
  textarea.before(view.dom);
  setUpToolbar(view, { showHelp });
  document.addEventListener("show-keys", () => showHelp(view));
  followCursor(view, document.querySelector("[data-preview]"));
  textarea.classList.add("is-replaced");
  textarea.tabIndex = -1;
  textarea.setAttribute("aria-hidden", "true");
  textarea.form.classList.add("has-editor");
  if (textarea.autofocus) view.focus();
}
