"""GitHub's task lists and tables: the parser's HTML with the classes of our style sheet."""

import re

_CHECKBOX = re.compile(r'<input type="checkbox"( checked="")? disabled="" />')


def render_task_lists(html: str) -> str:
    """Replace the checkboxes in the parser's `html` with characters, which work in feeds too."""
    if "<input" not in html:
        return html
    return _CHECKBOX.sub(
        lambda m: f'<span class="task{" is-done" if m[1] else ""}">{"☑" if m[1] else "☐"}</span>',
        html,
    )


def wrap_tables(html: str) -> str:
    """Return `html` with each table in a scrollable box."""
    if "<table" not in html:
        return html
    opened = re.sub(r"<table(?: [^<>]*+)?+>", '<div class="table" tabindex="0"><table>', html)
    return opened.replace("</table>", "</table></div>")
