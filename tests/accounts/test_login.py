"""Logging in and out."""

from typing import Any

import pytest
from argon2 import extract_parameters
from django.contrib.auth import authenticate, login
from django.contrib.auth.hashers import make_password
from django.core.cache import caches
from django.test import Client, RequestFactory
from pytest_django import Settings

from broadsheet.accounts import actions
from broadsheet.accounts.models import Registration, User
from tests.conftest import PASSWORD


def log_in(client: Client, name: str, password: str = PASSWORD, **more: Any) -> Any:
    return client.post("/login", {"login": name, "password": password}, **more)


@pytest.mark.parametrize("name", ["ada", "ADA", "ada@example.org", "Ada@Example.ORG", " ada "])
def test_users_log_in_by_username_or_email_in_any_case(
    name: str, client: Client, author: User
) -> None:
    assert log_in(client, name)["Location"] == "/studio"
    assert client.get("/profile").status_code == 200


def test_login_opens_the_studio_for_authors_and_the_profile_for_readers(
    author: User, reader: User
) -> None:
    assert log_in(Client(), "ada")["Location"] == "/studio"
    assert log_in(Client(), "rita")["Location"] == "/profile"


def test_login_returns_to_the_requested_page(client: Client, author: User) -> None:
    redirect = client.get("/profile/tokens")
    assert redirect["Location"] == "/login?next=/profile/tokens"
    page = client.get(redirect["Location"]).content.decode()
    assert 'name="next" value="/profile/tokens"' in page
    fields = {"login": "ada", "password": PASSWORD, "next": "/profile/tokens"}
    assert client.post("/login", fields)["Location"] == "/profile/tokens"


def test_a_wrong_password_and_an_unknown_username_give_the_same_error(author: User) -> None:
    names = ["ada", "nobody", "ada@example.org", "nobody@example.org"]
    errors = {str(log_in(Client(), n, "wrong").context["form"].errors) for n in names}
    assert len(errors) == 1
    assert "Wrong username, e-mail or password" in errors.pop()


def test_guessing_is_limited_with_a_helpful_message(client: Client, author: User) -> None:
    for _n in range(5):
        assert log_in(client, "ada", "wrong").status_code == 200
    # Another host name and another spelling, but the same account.
    response = log_in(client, "ADA", headers={"host": "localhost:81"})
    assert response.status_code == 429
    assert "Wait 30 seconds" in response.content.decode()
    assert "_auth_user_id" not in client.session


def test_rate_limits_are_shared_by_all_processes(client: Client, author: User) -> None:
    assert "db" in type(caches["default"]).__module__
    for _n in range(30):
        log_in(client, "somebody", "wrong")
    response = log_in(client, "ada")
    assert response.status_code == 429
    assert "Too many failed attempts" in response.content.decode()
    assert "no-store" in response["Cache-Control"]


def test_rate_limits_use_the_ip_address_seen_by_the_trusted_proxy(
    client: Client, author: User, settings: Settings
) -> None:
    settings.PROXIES = 1
    for n in range(30):
        log_in(client, f"x{n}", "wrong", headers={"X-Forwarded-For": f"10.9.8.{n}, 192.0.2.1"})
    forged = log_in(client, "ada", headers={"X-Forwarded-For": "203.0.113.5, 192.0.2.1"})
    assert forged.status_code == 429
    other = log_in(client, "ada", headers={"X-Forwarded-For": "192.0.2.1, 203.0.113.9"})
    assert other.status_code == 302


def test_only_the_right_password_reveals_that_an_account_is_closed(
    client: Client, author: User, owner: User
) -> None:
    actions.deactivate(author, by=owner)
    assert "Wrong username, e-mail or password" in log_in(client, "ada", "wrong").content.decode()
    response = log_in(client, "ada")
    assert response["Location"] == "/login/inactive"
    assert "This account is closed" in client.get("/login/inactive").content.decode()
    assert "_auth_user_id" not in client.session


def test_logging_out_needs_a_post_request(client: Client, author: User) -> None:
    client.force_login(author)
    page = client.get("/logout")
    assert page.status_code == 200
    assert "Log out?" in page.content.decode()
    assert client.get("/profile").status_code == 200
    assert client.post("/logout")["Location"] == "/"
    assert client.get("/profile").status_code == 302


def test_the_admin_uses_the_login_page_of_the_site(
    client: Client, owner: User, author: User
) -> None:
    redirect = client.get("/admin/")
    assert redirect["Location"] == "/admin/login/?next=/admin/"
    assert client.get(redirect["Location"])["Location"] == "/login?next=%2Fadmin%2F"
    assert client.post("/admin/login/", {"username": "olivia"}).status_code == 302
    client.force_login(author)
    assert client.get("/admin/login/").status_code == 403
    client.force_login(owner)
    assert client.get("/admin/").status_code == 200


@pytest.mark.parametrize("name", ["ada", "ADA", "ada@example.org"])
def test_authenticate_and_login_of_django_work(name: str, client: Client, author: User) -> None:
    request = RequestFactory().post("/")
    request.session = client.session
    user = authenticate(request, username=name, password=PASSWORD)
    assert user == author
    login(request, user)
    assert request.session["_auth_user_id"] == str(author.pk)
    assert authenticate(request, username=name, password="wrong") is None


def test_passwords_are_hashed_as_owasp_recommends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()  # undo the cheap hashing that all other tests use
    password = make_password(PASSWORD)
    assert password.startswith("argon2$argon2id$")
    parameters = extract_parameters(password.removeprefix("argon2"))
    assert (parameters.memory_cost, parameters.time_cost, parameters.parallelism) == (19_456, 2, 1)


@pytest.mark.parametrize("url", ["/login", "/signup", "/logout", "/profile", "/password/reset"])
def test_account_pages_reject_other_methods(
    url: str, client: Client, author: User, open_registration: Registration
) -> None:
    for method in ("PUT", "PATCH", "DELETE"):
        assert client.generic(method, url).status_code in {302, 405}
