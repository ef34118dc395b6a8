"""Marks around the words that were found: private characters until the text is escaped."""

from html import escape

START, END = "\ue000", "\ue001"


def to_html(text: str) -> str:
    """Return `text` with its marks as safe HTML."""
    return escape(text).replace(START, "<mark>").replace(END, "</mark>")
