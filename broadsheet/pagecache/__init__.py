"""Page cache: rendered responses and the cache tags that invalidate them. Knows no domain."""

from broadsheet.pagecache.tags import HEADER, set_cache_tags, set_page_id

__all__ = ["HEADER", "set_cache_tags", "set_page_id"]
