"""Front files: what they are called, whatever is asked for."""

import posixpath
import re
from urllib.parse import quote, unquote_to_bytes

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadsheet.pagecache.front.names import ADDRESS, kind, name

PIECES = ["a", "b", ".", "..", "/", "//", "%2e", "\\", "\0", "?", "é", "日本", "@", "~", ".page"]
PATHS = st.lists(st.sampled_from(PIECES), max_size=8).map(lambda some: "/" + "".join(some))


def wsgi(path: str) -> str:
    return path.encode().decode("latin-1")


@pytest.mark.parametrize(
    ("path", "file"),
    [
        ("/", ".page"),
        ("/index", "index.page"),
        ("/a", "a.page"),
        ("/a/rss.xml", "a/rss.xml.page"),
        ("/@ada", "@ada.page"),
        ("/tag/日本語", "tag/日本語.page"),
    ],
)
def test_a_page_has_a_file_name_of_its_own(path: str, file: str) -> None:
    assert name(wsgi(path)) == file


@pytest.mark.parametrize(
    "path",
    [
        "/../x",
        "/a/../b",
        "/./a",
        "//a",
        "/a/",
        "/a//b",
        "/.env",
        "/a\0b",
        "/a?b",
        "/a b",
        "/a%2eb",
        "/a\\b",
        "/x.page",
        "/x.page/y",
        "/x.page.gz",
        "a",
        "",
        "/" + "a" * 241,
        "/a" * 501,
        "/\xff",
    ],
)
def test_what_is_no_usual_address_gets_no_file(path: str) -> None:
    assert name(path) is None


@given(st.one_of(PATHS, st.text(st.characters(max_codepoint=255)).map("/".__add__)))
def test_no_name_leads_out_of_the_folder_and_each_leads_back_to_its_path(path: str) -> None:
    raw = path if max(map(ord, path)) < 256 else wsgi(path)
    file = name(raw)
    if file is None:
        return
    assert posixpath.normpath(f"/front/{file}") == f"/front/{file}"
    assert f"/{file.removesuffix('.page')}".encode() == raw.encode("latin-1"), "so it is injective"
    assert max(map(len, file.encode().split(b"/"))) + len(".gz") <= 255
    asked = quote(raw.encode("latin-1"), safe="/@_.~-")
    assert re.fullmatch(ADDRESS, asked), "nginx looks for it"


@given(st.text(st.sampled_from("ab./%2eEfF0c3A9@~-?# \\"), max_size=12).map("/".__add__))
def test_what_nginx_takes_for_an_address_decodes_to_nothing_but_itself(asked: str) -> None:
    if re.fullmatch(ADDRESS, asked):
        decoded = unquote_to_bytes(asked)
        assert decoded.count(b"/") == asked.count("/")
        assert not any(segment.startswith(b".") for segment in decoded.split(b"/"))
        assert not set(decoded) & set(b"%?#\0\\ ")


def test_pages_lie_together_when_their_headers_are_the_same_but_for_the_variant() -> None:
    common = [("Content-Type", "text/html"), ("X-Frame-Options", "DENY")]
    variant = [("ETag", '"a"'), ("Content-Length", "1"), ("Content-Encoding", "gzip")]
    assert kind([*common, *variant]) == kind([("x-frame-options", "DENY"), common[0]])
    assert kind(common) != kind([*common, ("Set-Cookie", "a=b")])
