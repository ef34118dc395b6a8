"""Stamps: how an answer says what it was made from."""

from collections.abc import Iterable

from django.http import HttpResponse

#: Names the stamps of an answer. CDNs know the header by this name too (Fastly's documentation).
HEADER = "Surrogate-Key"
#: What stands for every page there is.
EVERYTHING = "*"
#: What says that nothing may be kept until everything is stamped.
NOTHING = "!"


def made_from(response: HttpResponse, stamps: Iterable[str]) -> None:
    """Say that `response` is the same for everyone until one of `stamps` is written again.

    A 200 that says so is kept in front of Django. What differs from reader to reader must never
    say so; an answer with `Vary: Cookie` is kept for those who send neither cookie nor
    `Authorization`, and one that varies by any other header but `Accept-Encoding` is not kept.
    Calls add up. Stamps are short ASCII words without spaces, such as `post:…`.
    """
    named = response.headers.get(HEADER, "").split()
    response.headers[HEADER] = " ".join(dict.fromkeys([*named, *stamps]))
