"""What a change of the site stamps."""

from broadsheet.pagecache.triggers import Stamp, watch
from broadsheet.publication.models import Site

#: The site's own words and looks, which stand on every page.
SITE = "site"

watch(Site, Stamp(SITE))
