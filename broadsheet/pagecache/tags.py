"""Cache tags of a response: what it depends on."""

from collections.abc import Iterable

from django.http import HttpResponse

#: Names the tags of an answer. CDNs know the header by this name too (Fastly's documentation).
HEADER = "Surrogate-Key"
#: What stands for every page there is.
EVERYTHING = "*"
#: What says that nothing may be kept until everything is invalidated.
NOTHING = "!"


def set_cache_tags(response: HttpResponse, tags: Iterable[str]) -> None:
    """Declare that `response` is the same for everyone until one of `tags` is invalidated.

    A 200 that says so is kept in front of Django. What differs from reader to reader must never
    say so; an answer with `Vary: Cookie` is kept for those who send neither cookie nor
    `Authorization`, and one that varies by any other header but `Accept-Encoding` is not kept.
    Calls add up. Tags are short ASCII words without spaces, such as `post:…`.
    """
    named = response.headers.get(HEADER, "").split()
    response.headers[HEADER] = " ".join(dict.fromkeys([*named, *tags]))
