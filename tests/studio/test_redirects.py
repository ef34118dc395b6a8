"""The redirects page of the studio."""

import pytest
from django.urls import reverse

from broadsheet.accounts.models import User
from broadsheet.publication.actions import add_redirect
from broadsheet.publication.models import Redirect
from broadsheet.studio.views import redirects
from tests.studio.conftest import At


def test_an_owner_adds_changes_and_removes_a_redirect(owner: User, at: At) -> None:
    client = at(owner)
    sent = {"old_path": "/old", "new_path": "/new", "status": "301"}
    page = client.post("/studio/redirects", sent, follow=True)
    assert "Redirect from /old saved." in page.text
    client.post("/studio/redirects", {"old_path": "/old", "new_path": "", "status": "410"})
    redirect = Redirect.objects.get()
    assert (redirect.old_path, redirect.new_path, redirect.status) == ("/old", "", 410)
    client.post(reverse("studio:redirect-delete", args=[redirect.pk]))
    assert not Redirect.objects.exists()


@pytest.mark.parametrize(
    ("field", "sent"),
    [
        ("old_path", {"old_path": "old"}),
        ("old_path", {"old_path": "//evil.example"}),
        ("new_path", {"new_path": "javascript:alert(1)"}),
        ("new_path", {"new_path": "//evil.example"}),
        ("new_path", {"new_path": ""}),
        ("new_path", {"status": "410"}),
        ("status", {"status": "418"}),
        ("new_path", {"new_path": "/old"}),
    ],
)
def test_an_invalid_redirect_is_a_field_error(
    owner: User, at: At, field: str, sent: dict[str, str]
) -> None:
    data = {"old_path": "/old", "new_path": "/new", "status": "301", **sent}
    page = at(owner).post("/studio/redirects", data)
    assert page.status_code == 422
    assert page.context["form"].errors[field]
    assert not Redirect.objects.exists()


def test_a_long_list_is_paginated_and_can_begin_at_any_path(
    owner: User, at: At, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(redirects, "PAGE_SIZE", 2)
    for path in ("/a", "/b?x=1&y=2", "/c"):
        add_redirect(path, "/home-again")
    client = at(owner)
    page = client.get("/studio/redirects")
    assert [r.old_path for r in page.context["redirects"]] == ["/a", "/b?x=1&y=2"]
    assert "?from=%2Fc" in page.text
    page = client.get("/studio/redirects?from=/b")
    assert [r.old_path for r in page.context["redirects"]] == ["/b?x=1&y=2", "/c"]
    assert "No redirects found" in client.get("/studio/redirects?from=/z").text
