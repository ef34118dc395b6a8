"""What a change of the site stamps."""

from collections.abc import Iterator

from broadsheet.pagecache.triggers import Stamp, watch
from broadsheet.publication.models import Masthead, Site

#: The site's own words and looks, which stand on every page.
SITE = "site"


def masthead(shown: Masthead) -> Iterator[str]:
    """Yield the stamps of what every page shows of the site."""
    yield SITE
    if shown.logo:
        yield f"image:{shown.logo.id}"


watch(Site, Stamp(SITE))
