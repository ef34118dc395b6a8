"""Roles, closed accounts and the admin."""

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from broadsheet.accounts import actions, policy
from broadsheet.accounts.models import Invitation, Registration, Token, User
from tests.conftest import PASSWORD


def test_only_an_owner_changes_roles(owner: User, editor: User, author: User) -> None:
    actions.change_role(author, "editor", by=owner)
    author.refresh_from_db()
    assert author.role == "editor"
    with pytest.raises(PermissionDenied):
        actions.change_role(editor, "owner", by=editor)


def test_the_last_owner_cannot_give_up_the_role(owner: User, author: User) -> None:
    with pytest.raises(PermissionDenied, match="at least one owner"):
        actions.change_role(owner, "author", by=owner)
    with pytest.raises(PermissionDenied, match="at least one owner"):
        actions.deactivate(owner, by=owner)
    author = actions.change_role(author, "owner", by=owner)
    actions.change_role(owner, "author", by=author)
    owner.refresh_from_db()
    assert owner.role == "author"


def test_a_closed_account_does_not_count_as_an_owner(owner: User, author: User) -> None:
    actions.change_role(author, "owner", by=owner)
    actions.deactivate(author, by=owner)
    with pytest.raises(PermissionDenied):
        actions.change_role(owner, "reader", by=owner)


def test_closing_an_account_logs_it_out(
    client: Client, author: User, owner: User, editor: User
) -> None:
    client.force_login(author)
    with pytest.raises(PermissionDenied):
        actions.deactivate(author, by=editor)
    actions.deactivate(author, by=owner)
    assert client.get("/profile").status_code == 302
    with pytest.raises(PermissionDenied):
        actions.reactivate(author, by=editor)
    actions.reactivate(author, by=owner)
    assert client.get("/profile").status_code == 200


@pytest.mark.parametrize(
    ("mode", "role"), [("open", "owner"), ("open", "editor"), ("ajar", "reader")]
)
def test_a_new_account_is_never_more_than_an_author(mode: str, role: str, owner: User) -> None:
    with pytest.raises(ValidationError):
        actions.set_registration(mode=mode, role=role)
    with pytest.raises(IntegrityError), transaction.atomic():
        Registration(mode="open", role="owner").save()


def test_an_invitation_with_an_unknown_role_is_rejected(owner: User) -> None:
    with pytest.raises(ValidationError):
        actions.invite(by=owner, role="king")
    with pytest.raises(ValidationError):
        actions.invite(by=owner, email="nobody")


@pytest.mark.parametrize("end", ["role", "closed"])
def test_a_former_owner_leaves_no_open_invitations(owner: User, end: str) -> None:
    former = User.objects.create_superuser("former", "former@example.org", "x")
    _invitation, secret = actions.invite(by=former, role="owner")
    assert actions.find_invitation(secret)
    if end == "role":
        actions.change_role(former, "author", by=owner)
    else:
        actions.deactivate(former, by=owner)
    assert actions.find_invitation(secret) is None


def test_an_accepted_invitation_cannot_be_revoked(owner: User, reader: User) -> None:
    invitation, secret = actions.invite(by=owner)
    actions.complete_signup(reader, invitation=actions.find_invitation(secret))
    actions.revoke_invitation(invitation)
    assert Invitation.objects.filter(pk=invitation.pk).exists()


def test_anonymous_users_cannot_manage_users(author: User) -> None:
    assert not policy.can_manage_users(AnonymousUser())
    assert not policy.can_deactivate(AnonymousUser(), author)


@pytest.mark.parametrize("name", ["user", "invitation", "token", "registration"])
def test_the_admin_lists_have_no_query_per_row_and_show_no_secrets(
    name: str,
    client: Client,
    owner: User,
    author: User,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    users = [User.objects.create_user(f"p{n}", f"p{n}@e.org", None) for n in range(20)]
    keys = [actions.create_token(p, name="t", scope="read", expires_at=None)[1] for p in users]
    for user in users[:10]:
        _invitation, secret = actions.invite(by=user)
        keys.append(secret)
    client.force_login(owner)
    with django_assert_max_num_queries(12):
        page = client.get(f"/admin/accounts/{name}/?q=p").content.decode()
    secrets = [*keys, author.password, *Token.objects.values_list("digest", flat=True)]
    assert not [secret for secret in secrets if secret in page]


def test_the_admin_shows_no_passwords_or_hashes(client: Client, owner: User, author: User) -> None:
    client.force_login(owner)
    page = client.get(f"/admin/accounts/user/{author.pk}/change/").content.decode()
    assert "ada@example.org" in page
    assert "argon2" not in page
    assert client.get(f"/admin/accounts/user/{author.pk}/password/").status_code != 200


def test_the_admin_changes_users_through_the_actions(
    client: Client, owner: User, author: User
) -> None:
    client.force_login(owner)
    change = f"/admin/accounts/user/{author.pk}/change/"
    form_data = {"display_name": "Countess", "bio": "*hi*", "role": "editor", "password": "x"}
    assert client.post(change, form_data).status_code == 302
    author.refresh_from_db()
    assert (author.display_name, author.role) == ("Countess", "editor")
    assert "<em>hi</em>" in author.bio_html
    assert author.check_password(PASSWORD)
    page = client.post(
        f"/admin/accounts/user/{owner.pk}/change/", form_data | {"role": "reader"}, follow=True
    )
    assert "at least one owner" in page.content.decode()
    owner.refresh_from_db()
    assert owner.role == "owner"


def test_a_bio_that_is_nested_too_deeply_is_a_field_error_in_the_admin(
    owner: User, author: User, client: Client
) -> None:
    client.force_login(owner)
    fields = {"display_name": "New", "bio": ">" * 4_000, "role": "author"}
    response = client.post(f"/admin/accounts/user/{author.pk}/change/", fields)
    assert response.context["adminform"].form.has_error("bio")
    author.refresh_from_db()
    assert author.display_name != "New"


def test_the_admin_closes_accounts_but_not_that_of_the_last_owner(
    client: Client, owner: User, author: User
) -> None:
    client.force_login(owner)
    form_data = {"action": "deactivate", "_selected_action": [str(author.pk), str(owner.pk)]}
    page = client.post("/admin/accounts/user/", form_data, follow=True)
    assert "Olivia: A site needs at least one owner" in page.content.decode()
    assert set(User.objects.filter(is_active=False)) == {author}
    form_data = {"action": "reactivate", "_selected_action": [str(author.pk)]}
    client.post("/admin/accounts/user/", form_data)
    assert not User.objects.filter(is_active=False).exists()


def test_the_admin_revokes_invitations_and_tokens(
    client: Client, owner: User, author: User
) -> None:
    actions.invite(by=owner)
    actions.create_token(author, name="t", scope="read", expires_at=None)
    client.force_login(owner)
    for model, row in (("invitation", Invitation), ("token", Token)):
        pk = row.objects.get().pk
        client.post(f"/admin/accounts/{model}/{pk}/delete/", {"post": "yes"})
        assert not row.objects.exists()
    assert client.get("/admin/accounts/user/add/").status_code == 403
    assert client.get("/admin/account/emailaddress/").status_code == 200
