"""Changing a password."""

import pytest
from django.test import Client

from broadsheet.accounts.models import User
from tests.conftest import PASSWORD

NEW = "another-long-password"


def test_a_new_password_logs_out_all_other_sessions(author: User) -> None:
    here, elsewhere = Client(), Client()
    for client in (here, elsewhere):
        client.post("/login", {"login": "ada", "password": PASSWORD})
    page = here.post(
        "/password/change",
        {"oldpassword": PASSWORD, "password1": NEW, "password2": NEW},
        follow=True,
    )
    assert "Your password is changed." in page.content.decode()
    assert elsewhere.get("/profile").status_code == 302
    assert Client().post("/login", {"login": "ada", "password": NEW}).status_code == 302


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"oldpassword": "wrong"}, "Wrong current password"),
        ({"password1": "short", "password2": "short"}, "too short"),
        ({"password2": "something-else"}, "same password each time"),
        ({"password1": "ada-example", "password2": "ada-example"}, "too similar"),
    ],
)
def test_a_wrong_or_weak_password_changes_nothing(
    changes: dict[str, str], text: str, client: Client, author: User
) -> None:
    client.force_login(author)
    fields = {"oldpassword": PASSWORD, "password1": NEW, "password2": NEW}
    page = client.post("/password/change", fields | changes)
    assert text in page.content.decode()
    author.refresh_from_db()
    assert author.check_password(PASSWORD)


def test_an_account_without_a_password_sets_one(client: Client, author: User) -> None:
    author.set_unusable_password()
    author.save()
    client.force_login(author)
    assert client.get("/password/change")["Location"] == "/password/set"
    client.post("/password/set", {"password1": NEW, "password2": NEW})
    author.refresh_from_db()
    assert author.check_password(NEW)
    assert client.get("/password/set")["Location"] == "/password/change"
