"""Rendered pages, and the stamps that say whether they still hold. Knows no domain."""

from broadsheet.pagecache.stamps import HEADER, made_from

__all__ = ["HEADER", "made_from"]
