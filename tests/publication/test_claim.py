"""Claiming the site."""

from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.core.exceptions import PermissionDenied
from django.core.management import CommandError, call_command
from django.db import transaction
from django.test import Client
from pytest_django import Settings

from broadsheet.accounts.models import Registration, User
from broadsheet.publication import actions
from broadsheet.publication.models import Site
from tests.conftest import PASSWORD


def said(**changes: str) -> dict[str, str]:
    return {
        "name": "The Morning Post",
        "username": "Olivia",
        "email": "Olivia@Example.org",
        "password": PASSWORD,
        "registration": "open",
    } | changes


@pytest.fixture
def address(db: None) -> str:
    """The link that the terminal shows."""
    return f"/claim/{actions.claim_key()}"


def test_the_link_from_the_terminal_makes_the_owner(client: Client, address: str) -> None:
    assert "Set up this site" in client.get(address).content.decode()
    assert client.post(address, said())["Location"] == "/studio"
    owner = User.objects.get()
    assert (owner.username, owner.email, owner.role) == ("Olivia", "olivia@example.org", "owner")
    assert owner.check_password(PASSWORD)
    assert Site.current().name == "The Morning Post"
    page = client.get("/profile").content.decode()
    assert "Account created for Olivia. You own this site now." in page
    assert EmailAddress.objects.get(user=owner).verified


def test_anyone_can_sign_up_as_a_reader_unless_the_owner_chooses_otherwise(
    client: Client, address: str
) -> None:
    page = client.get(address).content.decode()
    assert "Who can sign up" in page
    assert '<option value="open" selected>anyone, as a reader</option>' in page
    client.post(address, said())
    account = {"username": "ada", "email": "ada@example.org", "password1": PASSWORD}
    assert Client().post("/signup", account).status_code == 302
    assert User.objects.get(username="ada").role == "reader"


@pytest.mark.parametrize("mode", ["invitation", "closed"])
def test_the_owner_chooses_who_can_sign_up(mode: str, client: Client, address: str) -> None:
    client.post(address, said(registration=mode))
    assert Registration.current().mode == mode
    assert Client().get("/signup").status_code == 403


def test_the_link_works_once(client: Client, address: str) -> None:
    client.post(address, said())
    for response in (Client().get(address), Client().post(address, said(username="eve"))):
        assert response.status_code == 410
        assert "This site is already set up" in response.content.decode()
    assert User.objects.count() == 1


@pytest.mark.parametrize("key", ["wrong", "ключ", "0" * 64, "a%00b"])
def test_a_wrong_key_is_a_page_that_is_not_there(key: str, client: Client, db: None) -> None:
    assert client.get(f"/claim/{key}").status_code == 404
    assert client.post(f"/claim/{key}", said()).status_code == 404
    assert not User.objects.exists()


def test_two_claims_at_once_make_one_owner(
    client: Client, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lose(**said: Any) -> None:
        User.objects.create_superuser("first", "f@e.org", PASSWORD)
        raise PermissionDenied

    monkeypatch.setattr(actions, "claim", lose)
    assert client.post(address, said()).status_code == 410


def test_the_key_stays_between_the_owner_and_the_site(client: Client, address: str) -> None:
    for response in (client.get(address), client.post(address, said(password="x"))):
        assert response["Referrer-Policy"] == "same-origin"
        assert "no-store" in response["Cache-Control"]
    strict = Client(enforce_csrf_checks=True)
    assert strict.post(address, said()).status_code == 403
    assert not User.objects.exists()


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"password": "short"}, "too short"),
        ({"password": "olivia@example"}, "too similar"),
        ({"username": "a b"}, "Use at most 40 letters (A to Z)"),
        ({"username": ""}, "This field is required"),
        ({"email": "nobody"}, "Enter a valid email"),
        ({"name": ""}, "This field is required"),
        ({"name": "x" * 101}, "at most 100"),
        ({"registration": "everyone"}, "Select a valid choice"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_made(
    changes: dict[str, str], text: str, client: Client, address: str
) -> None:
    response = client.post(address, said(**changes))
    assert text in response.content.decode()
    assert PASSWORD not in response.content.decode()
    assert not User.objects.exists()


def test_a_name_and_an_address_that_others_have_are_taken(client: Client, address: str) -> None:
    User.objects.create_user("OLIVIA", "o@example.org")
    User.objects.create_user("other", "olivia@example.org")
    response = client.post(address, said())
    assert set(response.context["form"].errors) == {"username", "email"}
    assert not User.objects.owners().exists()


def test_createsuperuser_claims_the_site_too(
    client: Client, address: str, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", PASSWORD)
    call_command("createsuperuser", "--noinput", username="Root", email="Root@Example.org")
    owner = User.objects.get()
    assert (owner.role, owner.email) == ("owner", "root@example.org")
    assert owner.check_password(PASSWORD)
    assert Site.objects.filter(id=1).exists()
    assert EmailAddress.objects.get(user=owner).verified
    assert client.get(address).status_code == 410


def test_the_name_that_stands_over_posts_is_asked_for(client: Client, address: str) -> None:
    assert "Your name" in client.get(address).content.decode()
    client.post(address, said(display_name="Olivia Owner"))
    assert User.objects.get().name == "Olivia Owner"


def test_createsuperuser_makes_no_owner_who_could_not_log_in(
    db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DJANGO_SUPERUSER_PASSWORD", raising=False)
    with pytest.raises(CommandError, match="DJANGO_SUPERUSER_PASSWORD"):
        call_command("createsuperuser", "--noinput", username="root", email="root@example.org")
    assert not User.objects.exists()


@pytest.mark.parametrize(
    "taken", [{"username": "ROOT", "email": "x@e.org"}, {"username": "x", "email": "R@E.ORG"}]
)
def test_createsuperuser_says_what_is_taken(
    taken: dict[str, str], db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", PASSWORD)
    User.objects.create_user("root", "r@e.org")
    match = "taken|already in use"
    with pytest.raises(CommandError, match=match), transaction.atomic():
        call_command("createsuperuser", "--noinput", **taken)
    assert User.objects.count() == 1


def test_the_owner_logs_in_even_if_the_mail_server_does_not_work(
    address: str, settings: Settings
) -> None:
    Client().post(address, said())
    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"
    client = Client()
    answer = client.post("/login", {"login": "olivia", "password": PASSWORD})
    assert answer["Location"] == "/studio"
