"""Marks around the words that were found: private characters until the text is escaped."""

from html import escape

START, END = "\ue000", "\ue001"
LESS = "\ue002"  # a "<" where PostgreSQL would read a tag and pass over it


def to_html(text: str) -> str:
    """Return `text` with its marks as safe HTML."""
    marked = escape(text).replace(START, "<mark>").replace(END, "</mark>")
    return marked.replace(LESS, "&lt;")
