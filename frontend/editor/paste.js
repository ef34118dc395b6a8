// Paste and drop: images, URLs over a selection, and the HTML of web pages and word processors.

import { EditorView } from "@codemirror/view";
import { toMarkdown } from "./html.js";

const URL_ONLY = /^https?:\/\/\S+$/;

/** Return the handlers; images go to the textarea, whose form uploads them. */
export function pasteHandlers(textarea) {
  return EditorView.domEventHandlers({
    paste(event, view) {
      const data = event.clipboardData;
      const plain = data.getData("text/plain");
      if (!plain && hasImage(data)) return forward(event, new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }));
      const { from, to, empty } = view.state.selection.main;
      const selected = view.state.sliceDoc(from, to);
      if (!empty && URL_ONLY.test(plain.trim()) && !selected.includes("\n") && !URL_ONLY.test(selected)) {
        return insert(view, `[${selected}](${plain.trim()})`);
      }
      const html = data.getData("text/html");
      if (!html || data.types.some((type) => type.startsWith("vscode"))) return false;
      const markdown = toMarkdown(html);
      return markdown ? insert(view, markdown) : false;
    },
    drop(event, view) {
      if (!hasImage(event.dataTransfer)) return false;
      const position = view.posAtCoords({ x: event.clientX, y: event.clientY });
      if (position !== null) view.dispatch({ selection: { anchor: position } });
      return forward(event, new DragEvent("drop", { dataTransfer: event.dataTransfer, bubbles: true, cancelable: true }));
    },
  });

  function forward(event, copy) {
    event.preventDefault();
    textarea.dispatchEvent(copy);
    return true;
  }
}

function hasImage(data) {
  return [...data.files].some((file) => file.type.startsWith("image/"));
}

function insert(view, markdown) {
  view.dispatch(view.state.replaceSelection(markdown), { scrollIntoView: true, userEvent: "input.paste" });
  return true;
}
