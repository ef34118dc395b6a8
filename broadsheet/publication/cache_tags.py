"""Cache tags of the site."""

from broadsheet.pagecache.triggers import TagRule, watch
from broadsheet.publication.models import SITE, Site

__all__ = ["SITE"]

watch(Site, TagRule(SITE))
