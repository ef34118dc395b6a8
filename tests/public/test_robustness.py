"""No request causes a server error."""

from urllib.parse import quote

import pytest
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from broadsheet.accounts.models import User
from tests.examples import examples
from tests.public.writing import publish

FEW = settings(
    max_examples=examples(60),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
EXPECTED = {200, 301, 302, 308, 400, 404, 410}
text = st.text(max_size=60)
prefixes = st.sampled_from(
    ["/", "/@", "/tag/", "/series/", "/archive/", "/share/", "/sitemap-posts-", "//", "/a-post/"]
)


@FEW
@given(prefix=prefixes, rest=text)
def test_no_path_causes_a_server_error(
    client: Client, author: User, prefix: str, rest: str
) -> None:
    response = client.get(prefix + quote(rest, safe="/"))
    assert response.status_code in EXPECTED


@FEW
@given(rest=st.binary(max_size=30))
def test_no_bytes_in_a_path_cause_a_server_error(client: Client, author: User, rest: bytes) -> None:
    assert client.get("/" + quote(rest)).status_code in EXPECTED


@FEW
@given(
    path=st.sampled_from(["/", "/search", "/tag/food", "/archive", "/theme.css", "/a-post"]),
    query=st.dictionaries(st.sampled_from(["q", "after", "page", "v"]), text),
)
def test_no_query_causes_a_server_error(
    client: Client, author: User, path: str, query: dict[str, str]
) -> None:
    assert client.get(path, query).status_code in EXPECTED


@FEW
@given(raw=st.binary(max_size=60))
def test_no_bytes_in_a_query_cause_a_server_error(client: Client, author: User, raw: bytes) -> None:
    response = client.get("/search", QUERY_STRING=f"q={quote(raw)}&{raw.decode('latin-1')}")
    assert response.status_code in EXPECTED


@pytest.mark.parametrize(
    "path",
    ["/%00", "/a%00b/", "/@%00", "/tag/%00", "/" + "x" * 10_000, "/x/" + "y/" * 3_000,
     "/%ff%fe", "/archive/0000", "/archive/9999", "/archive/٢٠٢٦", "/search?q=%00",
     "/search?q=" + "a " * 5_000, '/search?q="', "/search?q=*", "/search?q=NEAR(", "/?after=%00",
     "/share/" + "0" * 32 + "-" + "9" * 40 + ".png"],
)  # fmt: skip
def test_unusual_requests_cause_no_server_error(client: Client, author: User, path: str) -> None:
    publish(author)
    assert client.get(path).status_code in EXPECTED


def test_the_500_page_needs_no_database(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> None:
        raise RuntimeError

    monkeypatch.setattr("broadsheet.publication.models.Site.current", fail)
    client.raise_request_exception = False
    response = client.get("/")
    assert response.status_code == 500
    assert b"<h1>" in response.content


def test_a_form_in_another_encoding_gets_a_400_page() -> None:
    client = Client(enforce_csrf_checks=True, raise_request_exception=False)
    kind = "application/x-www-form-urlencoded; charset=utf-16"
    for path in ("/", "/login", "/studio/new"):
        client.cookies["csrftoken"] = "x" * 32
        response = client.post(path, b"a=b", content_type=kind)
        assert response.status_code == 400, path
        assert b"<h1>Bad request" in response.content
