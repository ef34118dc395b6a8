"""URLs that navigation and redirects accept, and what else the site rejects."""

from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.test import Client

from broadsheet.accounts.models import User
from broadsheet.publication.actions import add_redirect, edit_site
from broadsheet.publication.models import Redirect, Site

UNSAFE = ["javascript:alert(1)", "//evil.example", "/\\evil.example", "/\t/evil.example", "about",
          "http://[half", "https://", "data:text/html,x"]  # fmt: skip


@pytest.mark.parametrize("url", [*UNSAFE, "", None, 5])
def test_unsafe_navigation_links_are_rejected(site: Site, url: Any) -> None:
    with pytest.raises(ValidationError) as error:
        edit_site(navigation=[{"label": "Home", "url": url}])
    assert "navigation" in error.value.message_dict
    assert Site.current().navigation == []


@pytest.mark.parametrize("url", ["/", "/about?a=1#b", "https://example.org", "mailto:a@b.example"])
def test_paths_and_http_and_mailto_urls_are_accepted_as_links(site: Site, url: str) -> None:
    edit_site(navigation=[{"label": "There", "url": url}])
    assert Site.current().navigation == [{"label": "There", "url": url}]


@pytest.mark.parametrize("url", [*UNSAFE, "mailto:a@b.example"])
def test_unsafe_redirects_are_rejected(site: Site, url: str) -> None:
    with pytest.raises(ValidationError):
        add_redirect("/old", url)
    with pytest.raises(ValidationError):
        add_redirect(url, "/new")
    assert not Redirect.objects.exists()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("navigation", "5"),
        ("navigation", '{"a": 1}'),
        ("navigation", "[1]"),
        ("navigation", '[{"label": "x", "url": "javascript:alert(1)"}]'),
        ("language", 'x"><script>'),
        ("footer", ">" * 4_000),
    ],
)
def test_the_admin_rejects_invalid_values_that_would_break_every_page(
    site: Site, owner: User, client: Client, field: str, value: str
) -> None:
    edit_site(name="Still here")
    client.force_login(owner)
    data = {
        "name": "X",
        "navigation": "[]",
        "accent": "#8c2f1b",
        "language": "en",
        field: value,
    }
    response = client.post("/admin/publication/site/1/change/", data)
    assert response.status_code == 200
    assert response.context["adminform"].form.has_error(field)
    assert Site.current().name == "Still here"
    assert client.get("/").status_code == 200


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("/a", "/a"),
        ("/a", "/a/"),
        ("/a", "/a?x=1"),
        ("/a", "/a#x"),
        ("/a", "/./a"),
        ("/a", "/x/../a"),
        ("/ä", "/%C3%A4"),
        ("/a", "http://testserver/a"),
    ],
)
def test_a_redirect_to_itself_is_rejected_in_every_spelling(site: Site, old: str, new: str) -> None:
    with pytest.raises(ValidationError, match="itself"):
        add_redirect(old, new)
    assert not Redirect.objects.exists()


def test_of_two_opposite_redirects_the_newer_one_stays(site: Site) -> None:
    add_redirect("/a", "/b/")
    add_redirect("/b", "/a/")
    assert list(Redirect.objects.values_list("old_path", "new_path")) == [("/b", "/a/")]
