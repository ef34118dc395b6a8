"""Full-text index of documents; knows no domain."""

from broadsheet.search.index import Document, Hit, find, put, remove

__all__ = ["Document", "Hit", "find", "put", "remove"]
