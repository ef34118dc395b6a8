"""Rendered pages, and the tags that say whether they still hold. Knows no domain."""

from broadsheet.pagecache.tags import HEADER, set_cache_tags

__all__ = ["HEADER", "set_cache_tags"]
