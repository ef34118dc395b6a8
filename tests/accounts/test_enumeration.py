"""No form reveals who has an account: work, mails and responses are always the same."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.contrib.auth.hashers import Argon2PasswordHasher
from django.test import Client
from django_ox.models import OxTask
from pytest_django import Settings

from broadsheet.accounts.models import Registration, User
from tests.conftest import PASSWORD

KNOWN, UNKNOWN = "bob@example.org", "no-one@example.org"


@pytest.fixture(autouse=True)
def _mail_server(settings: Settings) -> None:
    """Require confirmed addresses, as on a site with a mail server."""
    settings.HAS_MAIL_SERVER = True
    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"


@pytest.fixture
def work(monkeypatch: pytest.MonkeyPatch) -> Callable[[], Any]:
    """Return a context manager that counts password hashes and queued tasks."""
    hashes: list[str] = []
    encode, verify = Argon2PasswordHasher.encode, Argon2PasswordHasher.verify

    def counted_encode(self: Any, password: str, salt: str) -> str:
        hashes.append("encode")
        return encode(self, password, salt)

    def counted_verify(self: Any, password: str, encoded: str) -> bool:
        hashes.append("verify")
        return verify(self, password, encoded)

    monkeypatch.setattr(Argon2PasswordHasher, "encode", counted_encode)
    monkeypatch.setattr(Argon2PasswordHasher, "verify", counted_verify)

    @contextmanager
    def counted() -> Iterator[dict[str, int]]:
        before = len(hashes), OxTask.objects.count()
        counts: dict[str, int] = {}
        yield counts
        counts["hashes"] = len(hashes) - before[0]
        counts["jobs"] = OxTask.objects.count() - before[1]

    return counted


@pytest.mark.usefixtures("open_registration", "another_author")
def test_signing_up_with_a_known_address_takes_the_same_work(work: Any) -> None:
    seen = []
    for n, email in enumerate([UNKNOWN, KNOWN, "bob@EXAMPLE.org"]):
        fields = {"username": f"newcomer{n}", "email": email, "password1": PASSWORD}
        with work() as counts:
            response = Client().post("/signup", fields, REMOTE_ADDR=f"192.0.2.{n}")
        # The third address gets at most one mail in three minutes, as an unknown one does.
        seen.append((response.status_code, response["Location"], counts["hashes"], counts["jobs"]))
    assert seen[0] == seen[1] == (302, "/verify", 1, 1)
    assert seen[2] == (302, "/verify", 1, 0)
    assert not User.objects.filter(username__in=["newcomer1", "newcomer2"]).exists()


def test_a_new_address_gets_no_more_mails_than_a_known_one(
    open_registration: Registration, another_author: User, work: Any
) -> None:
    for email in (UNKNOWN, KNOWN):
        jobs = []
        for n in range(2):
            fields = {"username": f"again{n}{email[0]}", "email": email, "password1": PASSWORD}
            with work() as counts:
                Client().post("/signup", fields)
            jobs.append(counts["jobs"])
        assert jobs == [1, 0]


@pytest.mark.parametrize(
    "name", ["bob", KNOWN, "nobody", UNKNOWN, "closed", "c@example.org", "imported", "i@e.org"]
)
def test_a_wrong_password_takes_the_same_work_for_any_login(
    name: str, another_author: User, work: Any
) -> None:
    User.objects.create_user("closed", "c@example.org", PASSWORD, is_active=False)
    User.objects.create_user("imported", "i@e.org")  # without a password
    with work() as counts:
        Client().post("/login", {"login": name, "password": "wrong"})
    assert counts == {"hashes": 1, "jobs": 0}


def test_a_password_reset_takes_the_same_work_for_any_address(
    another_author: User, work: Any
) -> None:
    User.objects.create_user("closed", "c@example.org", PASSWORD, is_active=False)
    for email in (KNOWN, UNKNOWN, "c@example.org"):
        with work() as counts:
            Client().post("/password/reset", {"email": email})
        assert counts == {"hashes": 0, "jobs": 1}, email


def test_changing_to_a_known_address_takes_the_same_work(
    author: User, another_author: User, work: Any
) -> None:
    EmailAddress.objects.create(user=author, email=author.email, verified=True, primary=True)
    client = Client()
    client.post("/login", {"login": "ada", "password": PASSWORD})
    client.post("/login/again", {"password": PASSWORD})
    for email in (UNKNOWN, KNOWN):
        with work() as counts:
            client.post("/profile/email", {"email": email})
        assert counts == {"hashes": 0, "jobs": 1}, email
