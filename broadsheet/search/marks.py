"""Marks around the words that were found: private characters until the text is escaped."""

from html import escape

START, END = "\ue000", "\ue001"
# A "<" where PostgreSQL would read a tag and pass over it. It is ASCII, since in the locale C all
# beyond that counts as letters.
LESS = "\x02"


def to_html(text: str) -> str:
    """Return `text` with its marks as safe HTML."""
    marked = escape(text).replace(START, "<mark>").replace(END, "</mark>")
    return marked.replace(LESS, "&lt;")
