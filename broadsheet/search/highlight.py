"""Highlighting of matches: private-use characters as markers until the text is escaped."""

from html import escape

START, END = "\ue000", "\ue001"


def to_html(text: str) -> str:
    """Return `text` as safe HTML, with `<mark>` for the markers."""
    return escape(text).replace(START, "<mark>").replace(END, "</mark>")
