"""Task lists and tables: their states and alignments as classes."""

import re

_TASK = re.compile(r'<input type="checkbox"( checked="")? disabled="" />')


def mark_tasks(html: str) -> str:
    """Return the parser's `html` with check boxes as characters, which feeds keep too."""
    if "<input" not in html:
        return html
    return _TASK.sub(
        lambda m: f'<span class="task{" is-done" if m[1] else ""}">{"☑" if m[1] else "☐"}</span>',
        html,
    )


def wrap_tables(html: str) -> str:
    """Return `html` with each table in a box that scrolls."""
    if "<table" not in html:
        return html
    opened = re.sub(r"<table(?: [^<>]*+)?+>", '<div class="table" tabindex="0"><table>', html)
    return opened.replace("</table>", "</table></div>")
