"""What the site's navigation, footer and redirects may hold, whoever writes it and where."""

from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.test import Client

from broadsheet.accounts.models import User
from broadsheet.publication.actions import edit_site, redirect
from broadsheet.publication.models import Redirect, Site

UNSAFE = ["javascript:alert(1)", "//evil.example", "/\\evil.example", "/\t/evil.example", "about",
          "http://[half", "https://", "data:text/html,x"]  # fmt: skip


@pytest.mark.parametrize("url", [*UNSAFE, "", None, 5])
def test_a_link_of_the_navigation_leads_where_a_browser_may_go(site: Site, url: Any) -> None:
    with pytest.raises(ValidationError) as refused:
        edit_site(navigation=[{"label": "Home", "url": url}])
    assert "navigation" in refused.value.message_dict
    assert Site.current().navigation == []


@pytest.mark.parametrize("url", ["/", "/about?a=1#b", "https://example.org", "mailto:a@b.example"])
def test_paths_pages_and_letters_are_links(site: Site, url: str) -> None:
    edit_site(navigation=[{"label": "There", "url": url}])
    assert Site.current().navigation == [{"label": "There", "url": url}]


@pytest.mark.parametrize("address", [*UNSAFE, "mailto:a@b.example"])
def test_a_redirect_leads_where_a_browser_can_be_sent(site: Site, address: str) -> None:
    with pytest.raises(ValidationError):
        redirect("/old", address)
    with pytest.raises(ValidationError):
        redirect(address, "/new")
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
def test_the_admin_refuses_what_would_break_every_page(
    site: Site, owner: User, client: Client, field: str, value: str
) -> None:
    edit_site(name="Still here")
    client.force_login(owner)
    sent = {"name": "X", "navigation": "[]", "accent": "#8c2f1b", "language": "en", field: value}
    response = client.post("/admin/publication/site/1/change/", sent)
    assert response.status_code == 200
    assert response.context["adminform"].form.has_error(field)
    assert Site.current().name == "Still here"
    assert client.get("/").status_code == 200
