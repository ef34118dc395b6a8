"""A response that varies by a header that the cache does not understand is not stored."""

import pytest

from broadsheet.pagecache.tags import HEADER
from tests.pagecache.visitors import FakeApplication, Visitor

UNKNOWN = ["Accept", "accept-language", "User-Agent", "*", "Accept-Encoding, Origin", "Cookie, DPR"]


@pytest.mark.parametrize("vary", UNKNOWN)
def test_a_response_that_varies_by_an_unknown_header_is_not_stored(
    visitor: Visitor, application: FakeApplication, vary: str
) -> None:
    application.headers.append(("Vary", vary))
    for language in ("en", "de"):
        application.body = language.encode()
        reply = visitor.get(HTTP_ACCEPT_LANGUAGE=language)
        assert (reply.body, reply.headers["vary"]) == (language.encode(), vary)
        assert HEADER.lower() not in reply.headers
    assert len(application.requests) == 2
    assert visitor.counts()["uncacheable"] == 2


def test_every_vary_header_of_a_response_counts(
    visitor: Visitor, application: FakeApplication
) -> None:
    application.headers += [("Vary", "Cookie"), ("Vary", "Accept-Encoding")]
    application.body = b"public"
    visitor.get()
    application.body = b"private"
    assert visitor.get(HTTP_COOKIE="a=b").body == b"private"
    assert visitor.get().body == b"public"
    application.headers.append(("Vary", "Accept"))
    for _ in range(2):
        assert visitor.get("/other").body == b"private"
    assert len(application.requests) == 4
