"""Cache tags of a response, which name its dependencies."""

from collections.abc import Iterable

from django.http import HttpResponse

#: The header that lists the cache tags of a response, as in Fastly's documentation.
HEADER = "Surrogate-Key"
#: The header that names the page of a response for those who count views; clients never get it.
PAGE_ID_HEADER = "Page-Id"
#: The tag of every page.
EVERYTHING = "*"
#: A mark in the change log: nothing may be cached until everything is invalidated.
NOTHING = "!"


def set_cache_tags(response: HttpResponse, tags: Iterable[str]) -> None:
    """Declare that `response` is the same for everyone until one of `tags` is invalidated.

    A 200 with tags is cached in front of Django. Never tag a response that differs between users.
    One with `Vary: Cookie` is cached for clients that send neither a cookie nor `Authorization`;
    one that varies by any other header than `Accept-Encoding` is not cached. Further calls add
    tags. Tags are short ASCII words without spaces, such as `post:…`.
    """
    previous = response.headers.get(HEADER, "").split()
    response.headers[HEADER] = " ".join(dict.fromkeys([*previous, *tags]))


def set_page_id(response: HttpResponse, page_id: str) -> None:
    """Name the page of a cacheable response, for example `post:…`, so that its views are counted.

    The page cache passes the name to its `record_view`, for hits and misses.
    """
    response.headers[PAGE_ID_HEADER] = page_id
