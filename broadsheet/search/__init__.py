"""Full-text index of documents, independent of any model."""

from broadsheet.search.correction import correct
from broadsheet.search.documents import Document, Hit, SearchFilters
from broadsheet.search.index import add, clear, put, remove
from broadsheet.search.searching import find, find_ids, suggest

__all__ = [
    "Document",
    "Hit",
    "SearchFilters",
    "add",
    "clear",
    "correct",
    "find",
    "find_ids",
    "put",
    "remove",
    "suggest",
]
