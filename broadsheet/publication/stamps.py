"""What a change of the site stamps."""

from broadsheet.pagecache.triggers import Stamp, watch
from broadsheet.publication.models import SITE, Site

__all__ = ["SITE"]

watch(Site, Stamp(SITE))
