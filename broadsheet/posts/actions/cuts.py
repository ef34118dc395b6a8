"""Keeping sitemaps short: each ends at a cut, and the cuts are looked after in the background."""

from broadsheet.lib.cursor import NEWEST, OLDEST, Cursor
from broadsheet.posts.models import Cut, place

#: Addresses in a sitemap after it was cut; it is cut when there are more than twice as many.
SIZE = {Cut.Of.POSTS: 1_000, Cut.Of.AUTHORS: 500, Cut.Of.TAGS: 500, Cut.Of.SERIES: 500}


def cut_sitemaps() -> None:
    """Cut the sitemaps that have grown long, and join those that have nothing left to the next.

    The other cuts stay where they are, and with them the addresses of the sitemaps.
    """
    for of, size in SIZE.items():
        begin = OLDEST
        for cut in Cut.objects.filter(of=of).order_by("at", "row"):
            end = Cursor(cut.at, cut.row)
            if place(of, begin, 1, end) is None:
                cut.delete()
            else:
                _split(of, size, begin, end)
                begin = end
        _split(of, size, begin, NEWEST)


def _split(of: str, size: int, begin: Cursor, end: Cursor) -> None:
    while place(of, begin, 2 * size + 1, end) and (cut := place(of, begin, size, end)):
        Cut.objects.get_or_create(of=of, at=cut.at, row=cut.id)
        begin = cut
