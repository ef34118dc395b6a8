// The preview scrolls with the cursor: the block under the cursor is at the same height in both.

import { syntaxTree } from "@codemirror/language";
import { StateEffect } from "@codemirror/state";
import { EditorView } from "@codemirror/view";

const IS_HEADING = /^(ATX|Setext)Heading/;
const WITHOUT_OUTPUT = new Set(["LinkReference", "CommentBlock"]);

/** Keep `pane`, the preview, in step with the cursor. */
export function followCursor(view, pane) {
  let request;
  const follow = () => {
    cancelAnimationFrame(request);
    request = requestAnimationFrame(() => view.requestMeasure({ read: () => scroll(view, pane), key: pane }));
  };
  view.dispatch({
    effects: StateEffect.appendConfig.of(EditorView.updateListener.of((update) => {
      if (update.selectionSet && !pane.hidden) follow();
    })),
  });
  new MutationObserver(follow).observe(pane, { childList: true });
}

function scroll(view, pane) {
  const block = findBlock(view.state, pane);
  const cursor = view.coordsAtPos(view.state.selection.main.head);
  if (!block || !cursor || pane.scrollHeight <= pane.clientHeight) return;
  pane.scrollTop += block.getBoundingClientRect().top - Math.max(cursor.top, pane.getBoundingClientRect().top);
}

/**
 * Return the element of the block under the cursor. Blocks are counted from the heading before it,
 * because some blocks of the source have no element, and the other way round.
 */
function findBlock(state, pane) {
  const prose = pane.querySelector(".prose");
  if (!prose) return null;
  const { head } = state.selection.main;
  let headings = 0;
  let blocks = 0;
  for (let node = syntaxTree(state).topNode.firstChild; node && node.from <= head; node = node.nextSibling) {
    if (IS_HEADING.test(node.name)) {
      headings += 1;
      blocks = 0;
    } else if (!WITHOUT_OUTPUT.has(node.name)) {
      blocks += 1;
    }
  }
  const heading = headings ? [...prose.children].filter((child) => /^H[1-6]$/.test(child.tagName))[headings - 1] : null;
  let element = heading ?? prose.firstElementChild;
  for (let step = heading ? 0 : 1; element && step < blocks; step += 1) {
    const next = element.nextElementSibling;
    if (!next || /^H[1-6]$/.test(next.tagName)) break;
    element = next;
  }
  return element;
}
