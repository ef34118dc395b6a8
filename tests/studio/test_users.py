"""The users page of the studio."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from broadsheet.accounts import actions
from broadsheet.accounts.models import Invitation, User
from broadsheet.studio.views import users
from tests.studio.conftest import At


def test_an_owner_changes_the_role_of_a_user(owner: User, reader: User, at: At) -> None:
    url = reverse("studio:user-role", args=[reader.pk])
    page = at(owner).post(url, {"role": "author"}, follow=True)
    reader.refresh_from_db()
    assert reader.role == "author"
    assert "Rita now has the role “author”." in page.text


def test_the_last_owner_cannot_give_up_the_role(owner: User, at: At) -> None:
    url = reverse("studio:user-role", args=[owner.pk])
    page = at(owner).post(url, {"role": "reader"})
    assert page.status_code == 403
    assert "at least one owner" in page.text
    owner.refresh_from_db()
    assert owner.is_owner
    assert "the only owner" in at(owner).get("/studio/members").text


def test_one_of_several_owners_can_give_up_the_role(owner: User, editor: User, at: At) -> None:
    actions.change_role(editor, "owner", by=owner)
    url = reverse("studio:user-role", args=[owner.pk])
    page = at(owner).post(url, {"role": "author"}, follow=True)
    assert page.status_code == 200
    owner.refresh_from_db()
    assert owner.role == "author"


def test_an_unknown_role_is_rejected(owner: User, reader: User, at: At) -> None:
    url = reverse("studio:user-role", args=[reader.pk])
    page = at(owner).post(url, {"role": "king"}, follow=True)
    assert "Unknown role" in page.text


@pytest.mark.parametrize("role", ["editor", "author"])
def test_only_owners_change_roles(
    editor: User, author: User, reader: User, at: At, role: str
) -> None:
    user = editor if role == "editor" else author
    response = at(user).post(reverse("studio:user-role", args=[user.pk]), {"role": "owner"})
    assert response.status_code == 403
    user.refresh_from_db()
    assert user.role == role


def test_an_invitation_link_is_shown_once_and_can_be_revoked(owner: User, at: At) -> None:
    client = at(owner)
    page = client.post("/studio/members", {"email": "new@example.org", "role": "editor"})
    match = re.search(r"invitation=([\w-]+)", page.text)
    assert match is not None
    secret = match[1]
    invitation = actions.find_invitation(secret)
    assert invitation is not None
    assert (invitation.email, invitation.role) == ("new@example.org", "editor")
    later = client.get("/studio/members")
    assert secret not in later.text
    assert "new@example.org" in later.text
    client.post(reverse("studio:invitation-revoke", args=[invitation.pk]))
    assert actions.find_invitation(secret) is None
    assert not Invitation.objects.exists()


def test_an_invitation_needs_a_valid_email_address(owner: User, at: At) -> None:
    page = at(owner).post("/studio/members", {"email": "nobody", "role": "author"})
    assert page.status_code == 422
    assert page.context["form"].errors["email"]


def test_users_are_searchable_by_name_and_paginated(
    owner: User, author: User, reader: User, at: At, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = at(owner)
    page = client.get("/studio/members?text=RIT")
    assert [user for user, _form in page.context["rows"]] == [reader]
    assert "No members found" in client.get("/studio/members?text=zzz").text
    monkeypatch.setattr(users, "PAGE_SIZE", 2)
    page = client.get("/studio/members")
    rest = client.get(f"/studio/members?after={page.context['next']}")
    listed = [user for p in (page, rest) for user, _form in p.context["rows"]]
    assert listed == [reader, author, owner]
    assert client.get("/studio/members?after=x").status_code == 404


def test_anonymous_users_cannot_see_the_users(owner: User) -> None:
    assert "olivia" not in Client().get("/studio/members", follow=True).text.casefold()
