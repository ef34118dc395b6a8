"""Full-text index of documents; knows no domain."""

from broadsheet.search.documents import Document, Hit
from broadsheet.search.index import find, put, remove

__all__ = ["Document", "Hit", "find", "put", "remove"]
