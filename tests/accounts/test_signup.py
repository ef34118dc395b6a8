"""Signing up."""

import datetime as dt
import re
from typing import Any

import pytest
from django.contrib.auth.forms import UserCreationForm
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError
from django.test import Client
from django.utils import timezone

from broadsheet.accounts import actions
from broadsheet.accounts.models import USERNAME_PATTERN, Invitation, Registration, User
from broadsheet.lib.reserved_names import RESERVED_NAMES
from tests.conftest import PASSWORD
from tests.test_routes import ROUTES


def form_data(**changes: str) -> dict[str, str]:
    return {
        "username": "Newcomer",
        "email": "new@example.org",
        "password1": PASSWORD,
    } | changes


def test_signing_up_logs_in_with_a_message_and_the_default_role(
    client: Client, open_registration: Registration
) -> None:
    response = client.post("/signup", form_data())
    assert response.status_code == 302
    assert response["Location"] == "/profile"
    page = client.get("/profile")
    assert "Account created for Newcomer." in page.content.decode()
    user = User.objects.get(username="Newcomer")
    assert user.role == "author"
    assert user.email == "new@example.org"
    assert client.session["_auth_user_id"] == str(user.pk)


def test_signing_up_returns_to_the_requested_page(
    client: Client, open_registration: Registration
) -> None:
    page = client.get("/signup?next=/studio")
    assert 'name="next" value="/studio"' in page.content.decode()
    assert client.post("/signup", form_data(next="/studio"))["Location"] == "/studio"


@pytest.mark.parametrize(
    "next_",
    [
        "//evil.example", "https://evil.example/", "/\\evil.example", "javascript:alert(1)",
        "http://localhost/x", "//127.0.0.1/", "http://[::1]/", "http://127.0.0.1:8000/x",
        "//testserver:81/", "http://testserver@evil.example/", "https:///x", "http:evil.example",
        "//testserver.evil.example/", "\t//evil.example", "ftp://testserver/",
    ],
)  # fmt: skip
@pytest.mark.parametrize("page", ["signup", "login"])
def test_no_redirect_to_another_site(
    next_: str, page: str, client: Client, open_registration: Registration
) -> None:
    fields = form_data() if page == "signup" else {"login": "olivia", "password": PASSWORD}
    own = {"/profile", "/studio"}
    assert client.post(f"/{page}", {**fields, "next": next_})["Location"] in own
    assert client.get(f"/{page}?next={next_}")["Location"] in own


@pytest.mark.parametrize(
    ("changes", "field", "text"),
    [
        ({"username": "OLIVIA"}, "username", "taken"),
        ({"email": "Olivia@EXAMPLE.org"}, "email", "already in use"),
        ({"username": "Admin"}, "username", "reserved"),
        ({"username": "WWW"}, "username", "reserved"),
        ({"username": "undefined"}, "username", "reserved"),
        ({"username": "a/b"}, "username", "letters (A to Z)"),
        ({"username": "-ab"}, "username", "letters (A to Z)"),
        ({"username": "Åsa"}, "username", "letters (A to Z)"),
        ({"username": "ab"}, "username", "at least 3"),
        ({"username": "x" * 41}, "username", "at most 40"),
        ({"email": "nobody"}, "email", "valid email"),
        ({"password1": "short"}, "password1", "too short"),
        ({"password1": "1234567890"}, "password1", "too common"),
        ({"password1": "newcomer-new"}, "password1", "too similar"),
        ({"password1": ""}, "password1", "required"),
    ],
)
def test_errors_are_shown_at_their_fields(
    changes: dict[str, str],
    field: str,
    text: str,
    client: Client,
    open_registration: Registration,
) -> None:
    before = User.objects.count()
    response = client.post("/signup", form_data(**changes))
    assert response.status_code == 200
    assert text in " ".join(response.context["form"].errors[field])
    html = response.content.decode()
    assert f'id="id_{field}_error"' in html
    assert 'aria-invalid="true"' in html
    assert User.objects.count() == before


def test_every_first_path_segment_is_reserved() -> None:
    first = {route.partition("/")[0].split(".")[0].strip("^") for route in ROUTES}
    names = {name for name in first if re.fullmatch(USERNAME_PATTERN, name)}
    assert names - RESERVED_NAMES == set()
    assert {"www", "api", "null", "undefined", "hostmaster"} <= RESERVED_NAMES


def test_login_redirects_to_urls_of_the_same_site(open_registration: Registration) -> None:
    for url in ("/studio?a=b#c", "http://testserver/studio"):
        response = Client().post("/login", {"login": "olivia", "password": PASSWORD, "next": url})
        assert response["Location"] == url


def test_a_role_cannot_be_chosen(client: Client, open_registration: Registration) -> None:
    client.post("/signup", form_data(role="owner", is_superuser="on", is_staff="on"))
    assert User.objects.get(username="Newcomer").role == "author"


def test_no_one_signs_up_before_the_site_has_an_owner(client: Client, db: None) -> None:
    Registration(mode="open").save()
    for response in (client.get("/signup"), client.post("/signup", form_data())):
        assert response.status_code == 403
        page = response.content.decode()
        assert re.search(r"<title>\s*This site is not set up yet", page)
        assert "Open the link that the server shows in the terminal" in page
        assert "broadsheet createsuperuser" in page
    assert not User.objects.exists()


def test_no_one_signs_up_if_registration_is_closed(client: Client, owner: User) -> None:
    _invitation, secret = actions.invite(by=owner)
    actions.set_registration(mode="closed", role="reader")
    for url in ("/signup", f"/signup?invitation={secret}"):
        assert client.get(url).status_code == 403
        assert "does not accept new accounts" in client.post(url, form_data()).content.decode()
    assert User.objects.count() == 1


def test_an_invitation_allows_sign_up_and_fills_in_the_address(client: Client, owner: User) -> None:
    _invitation, secret = actions.invite(by=owner, email="guest@example.org", role="editor")
    assert "You need an invitation" in client.get("/signup").content.decode()
    page = client.get(f"/signup?invitation={secret}").content.decode()
    assert 'value="guest@example.org"' in page
    assert f'value="{secret}"' in page
    response = client.post("/signup", form_data(email="guest@example.org", invitation=secret))
    assert response.status_code == 302
    user = User.objects.get(username="Newcomer")
    assert user.role == "editor"
    assert user.invitation.accepted_at is not None


def test_an_invitation_works_once(owner: User) -> None:
    _invitation, secret = actions.invite(by=owner)
    Client().post("/signup", form_data(invitation=secret))
    late = Client().post("/signup", form_data(username="late", email="l@e.org", invitation=secret))
    assert late.status_code == 403
    assert "This invitation does not work" in late.content.decode()
    assert not User.objects.filter(username="late").exists()


def test_an_invitation_expires_and_can_be_revoked(client: Client, owner: User) -> None:
    old, secret = actions.invite(by=owner)
    Invitation.objects.filter(pk=old.pk).update(expires_at=timezone.now() - dt.timedelta(1))
    assert client.post("/signup", form_data(invitation=secret)).status_code == 403
    withdrawn, secret = actions.invite(by=owner)
    actions.revoke_invitation(withdrawn)
    assert client.post("/signup", form_data(invitation=secret)).status_code == 403
    assert client.get("/signup?invitation=made-up").status_code == 403


def test_a_used_invitation_gives_no_role_even_if_registration_is_open(
    open_registration: Registration, owner: User, reader: User, another_author: User
) -> None:
    invitation, _secret = actions.invite(by=owner, role="owner")
    actions.complete_signup(reader, invitation=invitation)
    with pytest.raises(PermissionDenied, match="used or revoked"):
        actions.complete_signup(another_author, invitation=invitation)
    another_author.refresh_from_db()
    assert another_author.role == "author"


def test_a_failed_sign_up_leaves_no_account(
    client: Client, owner: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    _invitation, secret = actions.invite(by=owner)

    def reject(*args: Any, **kwargs: Any) -> None:
        raise PermissionDenied

    monkeypatch.setattr(actions, "complete_signup", reject)
    assert client.post("/signup", form_data(invitation=secret)).status_code == 403
    assert not User.objects.filter(username="Newcomer").exists()


def test_a_username_taken_concurrently_gives_a_helpful_message(
    client: Client, open_registration: Registration, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lose(*args: Any, **kwargs: Any) -> None:
        raise IntegrityError

    monkeypatch.setattr(actions, "complete_signup", lose)
    response = client.post("/signup", form_data())
    assert "has just been taken" in response.content.decode()


def test_a_logged_in_user_skips_the_sign_up_page(client: Client, reader: User) -> None:
    client.force_login(reader)
    assert client.get("/signup?next=/studio")["Location"] == "/studio"


def test_forms_without_a_csrf_token_are_rejected(open_registration: Registration) -> None:
    client = Client(enforce_csrf_checks=True)
    for url in ("/signup", "/login", "/logout", "/password/reset"):
        assert client.post(url, form_data()).status_code == 403
    assert not User.objects.filter(username="Newcomer").exists()


def test_signing_up_is_rate_limited(client: Client, open_registration: Registration) -> None:
    statuses = [client.post("/signup", {}).status_code for _n in range(21)]
    assert statuses == [200] * 20 + [429]
    assert "Too many requests" in client.post("/signup", {}).content.decode()


def test_account_pages_are_not_cached_and_send_no_referrer_to_other_sites(
    client: Client, open_registration: Registration
) -> None:
    for url in ("/signup", "/login", "/password/reset", "/verify"):
        response = client.get(url)
        assert "no-store" in response["Cache-Control"]
        assert response["Referrer-Policy"] == "same-origin"


def test_a_user_creation_form_of_django_creates_accounts(owner: User) -> None:
    class SignUpForm(UserCreationForm[User]):
        class Meta:
            model = User
            fields = ("username", "email")

    fields = {"username": "tutor", "password1": PASSWORD, "password2": PASSWORD}
    form = SignUpForm({**fields, "email": "T@Example.org"})
    assert form.is_valid(), form.errors
    user = form.save()
    assert user.check_password(PASSWORD)
    assert user.email == "t@example.org"
    assert user.role == "reader"
    again = SignUpForm({**fields, "username": "TUTOR", "email": "o@example.org"})
    assert "already exists" in str(again.errors["username"])
