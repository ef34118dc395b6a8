"""Each page is compressed once in each coding, and has a strong ETag in each."""

import gzip
from collections.abc import Callable

import brotli
import pytest

from broadsheet.pagecache import compression
from broadsheet.pagecache.cdn import CDN
from tests.pagecache.visitors import Behind, Visitor

CODINGS: dict[str, Callable[[bytes], bytes]] = {
    "br": brotli.decompress,
    "zstd": lambda body: compression.decode(body, "zstd"),
    "gzip": gzip.decompress,
    "": bytes,
}


@pytest.fixture
def behind() -> Behind:
    return Behind()


@pytest.fixture
def visitor(behind: Behind) -> Visitor:
    return Visitor(behind)


@pytest.mark.parametrize("first", CODINGS)
def test_every_coding_holds_the_same_page_whichever_was_asked_for_first(
    visitor: Visitor, behind: Behind, first: str
) -> None:
    replies = {c: visitor.get(HTTP_ACCEPT_ENCODING=c) for c in (first, *CODINGS)}
    for coding, reply in replies.items():
        assert CODINGS[coding](reply.body) == behind.body
        assert reply.headers.get("content-encoding", "") == coding
        assert reply.headers["content-length"] == str(len(reply.body))
        assert reply.headers["vary"] == "Accept-Encoding"
    etags = {reply.headers["etag"] for reply in replies.values()}
    assert len(etags) == 4, "a strong ETag names one sequence of bytes"
    assert len(behind.asked) == 1


def test_each_coding_is_made_once(visitor: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[str] = []
    encode = compression.encode

    def noting(body: bytes, coding: str) -> bytes:
        made.append(coding)
        return encode(body, coding)

    monkeypatch.setattr(compression, "encode", noting)
    for _ in range(3):
        for coding in CODINGS:
            visitor.get(HTTP_ACCEPT_ENCODING=coding)
    assert sorted(filter(None, made)) == ["br", "gzip", "zstd"]


@pytest.mark.parametrize("coding", CODINGS)
def test_a_304_belongs_to_the_coding_that_would_have_been_sent(
    visitor: Visitor, coding: str
) -> None:
    etags = {c: visitor.get(HTTP_ACCEPT_ENCODING=c).headers["etag"] for c in CODINGS}
    for other, etag in etags.items():
        reply = visitor.get(HTTP_ACCEPT_ENCODING=coding, HTTP_IF_NONE_MATCH=etag)
        assert reply.status == (304 if other == coding else 200)
        assert "content-encoding" not in reply.headers or reply.status == 200


@pytest.mark.parametrize(
    ("accepted", "coding"),
    [
        ("gzip, deflate, br, zstd", {"br", "zstd"}),
        ("gzip;q=1.0, br;q=0", {"gzip"}),
        ("gzip;q=0, identity", {""}),
        ("deflate", {""}),
        ("", {""}),
        ("*;q=0", {""}),
        ("gzip;q=abc", {"", "gzip"}),
        ("\x00,;=;;q=,,", {""}),
        ("br" * 40_000, {""}),
    ],
)
def test_what_a_client_accepts_is_what_it_gets(
    visitor: Visitor, accepted: str, coding: set[str]
) -> None:
    for _ in range(2):
        reply = visitor.get(HTTP_ACCEPT_ENCODING=accepted)
        assert reply.headers.get("content-encoding", "") in coding


@pytest.mark.parametrize(
    ("body", "kind"), [(b"short", "text/html"), (b"\x89PNG" * 500, "image/png")]
)
def test_what_would_not_become_shorter_is_sent_as_it_is(
    visitor: Visitor, behind: Behind, body: bytes, kind: str
) -> None:
    behind.body, behind.headers = body, [("Content-Type", kind)]
    replies = [visitor.get(HTTP_ACCEPT_ENCODING=coding) for coding in CODINGS]
    assert {reply.body for reply in replies} == {body}
    assert len({reply.headers["etag"] for reply in replies}) == 1
    assert all("content-encoding" not in reply.headers for reply in replies)


def test_a_cdn_receives_the_cache_tags(behind: Behind) -> None:
    for header, expected in (("Surrogate-Key", "post:1 site"), ("Cache-Tag", "post:1,site")):
        visitor = Visitor(behind)
        visitor.cache._cdn = CDN(header, is_purged=False)
        for _ in range(2):
            reply = visitor.get()
            assert reply.headers[header.lower()] == expected
            again = visitor.get(HTTP_IF_NONE_MATCH=reply.headers["etag"])
            assert again.headers[header.lower()] == expected
