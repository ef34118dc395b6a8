"""Each page is compressed once per encoding, and has a strong ETag in each."""

import gzip
from collections.abc import Callable

import brotli
import pytest

from broadsheet.pagecache import compression
from broadsheet.pagecache.cdn_headers import CDN
from tests.pagecache.visitors import FakeApplication, Visitor

ENCODINGS: dict[str, Callable[[bytes], bytes]] = {
    "br": brotli.decompress,
    "zstd": lambda body: compression.decode(body, "zstd"),
    "gzip": gzip.decompress,
    "": bytes,
}


@pytest.fixture
def application() -> FakeApplication:
    return FakeApplication()


@pytest.fixture
def visitor(application: FakeApplication) -> Visitor:
    return Visitor(application)


@pytest.mark.parametrize("first", ENCODINGS)
def test_all_encodings_have_the_same_content_whichever_is_requested_first(
    visitor: Visitor, application: FakeApplication, first: str
) -> None:
    replies = {c: visitor.get(HTTP_ACCEPT_ENCODING=c) for c in (first, *ENCODINGS)}
    for coding, reply in replies.items():
        assert ENCODINGS[coding](reply.body) == application.body
        assert reply.headers.get("content-encoding", "") == coding
        assert reply.headers["content-length"] == str(len(reply.body))
        assert reply.headers["vary"] == "Accept-Encoding"
    etags = {reply.headers["etag"] for reply in replies.values()}
    assert len(etags) == 4, "a strong ETag names one sequence of bytes"
    assert len(application.requests) == 1


def test_each_encoding_is_compressed_once(
    visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    compressed: list[str] = []
    encode = compression.encode

    def spy(body: bytes, coding: str) -> bytes:
        compressed.append(coding)
        return encode(body, coding)

    monkeypatch.setattr(compression, "encode", spy)
    for _ in range(3):
        for coding in ENCODINGS:
            visitor.get(HTTP_ACCEPT_ENCODING=coding)
    assert sorted(filter(None, compressed)) == ["br", "gzip", "zstd"]


@pytest.mark.parametrize("coding", ENCODINGS)
def test_a_304_requires_the_etag_of_the_negotiated_encoding(visitor: Visitor, coding: str) -> None:
    etags = {c: visitor.get(HTTP_ACCEPT_ENCODING=c).headers["etag"] for c in ENCODINGS}
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
def test_a_client_gets_an_encoding_that_it_accepts(
    visitor: Visitor, accepted: str, coding: set[str]
) -> None:
    for _ in range(2):
        reply = visitor.get(HTTP_ACCEPT_ENCODING=accepted)
        assert reply.headers.get("content-encoding", "") in coding


@pytest.mark.parametrize(
    ("body", "kind"), [(b"short", "text/html"), (b"\x89PNG" * 500, "image/png")]
)
def test_bodies_that_compression_does_not_shorten_are_sent_unchanged(
    visitor: Visitor, application: FakeApplication, body: bytes, kind: str
) -> None:
    application.body, application.headers = body, [("Content-Type", kind)]
    replies = [visitor.get(HTTP_ACCEPT_ENCODING=coding) for coding in ENCODINGS]
    assert {reply.body for reply in replies} == {body}
    assert len({reply.headers["etag"] for reply in replies}) == 1
    assert all("content-encoding" not in reply.headers for reply in replies)


def test_a_cdn_receives_the_cache_tags(application: FakeApplication) -> None:
    for header, expected in (("Surrogate-Key", "post:1 site"), ("Cache-Tag", "post:1,site")):
        visitor = Visitor(application)
        visitor.cache._cdn = CDN(header, is_purged=False)
        for _ in range(2):
            reply = visitor.get()
            assert reply.headers[header.lower()] == expected
            again = visitor.get(HTTP_IF_NONE_MATCH=reply.headers["etag"])
            assert again.headers[header.lower()] == expected
