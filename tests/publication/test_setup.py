"""First-run setup of the site."""

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


def form_data(**changes: str) -> dict[str, str]:
    return {
        "name": "The Morning Post",
        "username": "Olivia",
        "email": "Olivia@Example.org",
        "password": PASSWORD,
        "registration": "open",
    } | changes


@pytest.fixture
def setup_link(db: None) -> str:
    """The setup link that the terminal shows."""
    return f"/claim/{actions.setup_key()}"


def test_the_setup_link_creates_the_owner(client: Client, setup_link: str) -> None:
    assert "Set up this site" in client.get(setup_link).content.decode()
    assert client.post(setup_link, form_data())["Location"] == "/studio"
    owner = User.objects.get()
    assert (owner.username, owner.email, owner.role) == ("Olivia", "olivia@example.org", "owner")
    assert owner.check_password(PASSWORD)
    assert Site.current().name == "The Morning Post"
    page = client.get("/profile").content.decode()
    assert "Account created for Olivia. You own this site now." in page
    assert EmailAddress.objects.get(user=owner).verified


def test_anyone_can_sign_up_as_a_reader_unless_the_owner_chooses_otherwise(
    client: Client, setup_link: str
) -> None:
    page = client.get(setup_link).content.decode()
    assert "Who can sign up" in page
    assert '<option value="open" selected>anyone, as a reader</option>' in page
    client.post(setup_link, form_data())
    account = {"username": "ada", "email": "ada@example.org", "password1": PASSWORD}
    assert Client().post("/signup", account).status_code == 302
    assert User.objects.get(username="ada").role == "reader"


@pytest.mark.parametrize("mode", ["invitation", "closed"])
def test_the_owner_chooses_who_can_sign_up(mode: str, client: Client, setup_link: str) -> None:
    client.post(setup_link, form_data(registration=mode))
    assert Registration.current().mode == mode
    assert Client().get("/signup").status_code == 403


def test_the_setup_link_works_once(client: Client, setup_link: str) -> None:
    client.post(setup_link, form_data())
    for response in (
        Client().get(setup_link),
        Client().post(setup_link, form_data(username="eve")),
    ):
        assert response.status_code == 410
        assert "This site is already set up" in response.content.decode()
    assert User.objects.count() == 1


@pytest.mark.parametrize("key", ["wrong", "ключ", "0" * 64, "a%00b"])
def test_a_wrong_key_is_not_found(key: str, client: Client, db: None) -> None:
    assert client.get(f"/claim/{key}").status_code == 404
    assert client.post(f"/claim/{key}", form_data()).status_code == 404
    assert not User.objects.exists()


def test_two_setups_at_once_create_one_owner(
    client: Client, setup_link: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lose(**kwargs: Any) -> None:
        User.objects.create_superuser("first", "f@e.org", PASSWORD)
        raise PermissionDenied

    monkeypatch.setattr(actions, "setup", lose)
    assert client.post(setup_link, form_data()).status_code == 410


def test_the_key_is_not_sent_to_other_sites_or_cached(client: Client, setup_link: str) -> None:
    for response in (client.get(setup_link), client.post(setup_link, form_data(password="x"))):
        assert response["Referrer-Policy"] == "same-origin"
        assert "no-store" in response["Cache-Control"]
    strict = Client(enforce_csrf_checks=True)
    assert strict.post(setup_link, form_data()).status_code == 403
    assert not User.objects.exists()


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"password": "short"}, "too short"),
        ({"password": "olivia@example"}, "too similar"),
        ({"username": "a b"}, "Use at most 40 letters (A to Z)"),
        ({"username": ""}, "This field is required"),
        ({"username": "www"}, "This username is reserved"),
        ({"username": "API"}, "This username is reserved"),
        ({"email": "nobody"}, "Enter a valid email"),
        ({"name": ""}, "This field is required"),
        ({"name": "x" * 101}, "at most 100"),
        ({"registration": "everyone"}, "Select a valid choice"),
    ],
)
def test_invalid_input_creates_nothing_and_shows_why(
    changes: dict[str, str], text: str, client: Client, setup_link: str
) -> None:
    response = client.post(setup_link, form_data(**changes))
    assert text in response.content.decode()
    assert PASSWORD not in response.content.decode()
    assert not User.objects.exists()


def test_a_username_or_email_in_use_is_a_field_error(client: Client, setup_link: str) -> None:
    User.objects.create_user("OLIVIA", "o@example.org")
    User.objects.create_user("other", "olivia@example.org")
    response = client.post(setup_link, form_data())
    assert set(response.context["form"].errors) == {"username", "email"}
    assert not User.objects.owners().exists()


def test_createsuperuser_sets_up_the_site_too(
    client: Client, setup_link: str, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", PASSWORD)
    call_command("createsuperuser", "--noinput", username="Root", email="Root@Example.org")
    owner = User.objects.get()
    assert (owner.role, owner.email) == ("owner", "root@example.org")
    assert owner.check_password(PASSWORD)
    assert Site.objects.filter(id=1).exists()
    assert EmailAddress.objects.get(user=owner).verified
    assert client.get(setup_link).status_code == 410


def test_the_form_has_the_display_name(client: Client, setup_link: str) -> None:
    assert "Your name" in client.get(setup_link).content.decode()
    client.post(setup_link, form_data(display_name="Olivia Owner"))
    assert User.objects.get().name == "Olivia Owner"


def test_createsuperuser_needs_a_password(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DJANGO_SUPERUSER_PASSWORD", raising=False)
    with pytest.raises(CommandError, match="DJANGO_SUPERUSER_PASSWORD"):
        call_command("createsuperuser", "--noinput", username="root", email="root@example.org")
    assert not User.objects.exists()


@pytest.mark.parametrize(
    "existing", [{"username": "ROOT", "email": "x@e.org"}, {"username": "x", "email": "R@E.ORG"}]
)
def test_createsuperuser_reports_a_username_or_email_in_use(
    existing: dict[str, str], db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", PASSWORD)
    User.objects.create_user("root", "r@e.org")
    match = "taken|already in use"
    with pytest.raises(CommandError, match=match), transaction.atomic():
        call_command("createsuperuser", "--noinput", **existing)
    assert User.objects.count() == 1


def test_the_owner_logs_in_even_if_the_mail_server_does_not_work(
    setup_link: str, settings: Settings
) -> None:
    Client().post(setup_link, form_data())
    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"
    client = Client()
    response = client.post("/login", {"login": "olivia", "password": PASSWORD})
    assert response["Location"] == "/studio"
