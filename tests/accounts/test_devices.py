"""Guessing passwords is slow, and locks out nobody who knows the password."""

from typing import Any

import pytest
from django.test import Client

from broadsheet.accounts import devices
from broadsheet.accounts.models import User
from tests.conftest import PASSWORD

BOTS = [f"198.51.100.{n}" for n in range(1, 9)]
HOME, CAFE = "203.0.113.7", "192.0.2.8"


def log_in(client: Client, password: str = PASSWORD, *, name: str = "ada", at: str = HOME) -> Any:
    return client.post("/login", {"login": name, "password": password}, REMOTE_ADDR=at)


@pytest.fixture
def guesses(author: User) -> list[int]:
    """The statuses of logins with wrong passwords from several IP addresses."""
    return [log_in(Client(), "wrong", at=address).status_code for address in BOTS]


class Clock:
    """A clock that tests can set."""

    now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(devices, "time", clock)
    return clock


def test_a_known_device_is_not_delayed(author: User) -> None:
    client = Client()
    assert log_in(client).status_code == 302
    client.post("/logout")
    for address in BOTS:
        log_in(Client(), "wrong", at=address)
    assert log_in(client).status_code == 302
    client.post("/logout")
    assert log_in(client, at=CAFE).status_code == 302, "it is the device, not its address"


def test_an_unknown_device_with_the_password_logs_in_after_waiting(
    guesses: list[int], clock: Clock
) -> None:
    assert guesses[:5] == [200] * 5
    assert set(guesses[5:]) == {429}
    client = Client()
    delayed = log_in(client)
    assert delayed.status_code == 429
    assert delayed["Retry-After"] == str(devices.WAIT_SECONDS)
    assert f"Wait {devices.WAIT_SECONDS} seconds" in delayed.content.decode()
    for address in BOTS:  # others go on guessing
        log_in(Client(), "wrong", at=address)
    clock.now += devices.WAIT_SECONDS
    assert log_in(client).status_code == 302


@pytest.mark.slow
def test_one_ip_address_guesses_once_per_wait(guesses: list[int], clock: Clock) -> None:
    statuses = []
    for _second in range(3 * devices.WAIT_SECONDS):
        clock.now += 1
        statuses.append(log_in(Client(), "wrong", at=BOTS[-1]).status_code)
    assert statuses.count(200) <= 3


def test_a_known_device_can_guess_only_ten_times(author: User) -> None:
    client = Client()
    log_in(client)
    client.post("/logout")
    statuses = [log_in(client, "wrong").status_code for _n in range(12)]
    assert statuses == [200] * 10 + [429] * 2
    assert log_in(client).status_code == 429
    assert log_in(Client()).status_code == 302, "the account itself stays open to others"


def test_a_device_is_known_only_for_its_account(guesses: list[int], another_author: User) -> None:
    client = Client()
    assert log_in(client, name="bob").status_code == 302
    client.post("/logout")
    assert log_in(client).status_code == 429
    (cookie,) = (c for c in client.cookies.values() if c.key.startswith("device-"))
    client.cookies[f"device-{User.objects.get(username='ada').pk}"] = cookie.value
    assert log_in(client).status_code == 429, "one account's cookie is not another's"


@pytest.mark.parametrize("value", ["", "x", "x:y:z", "é", "W10:1:1"])
def test_an_invalid_cookie_does_not_make_a_device_known(value: str, guesses: list[int]) -> None:
    client = Client()
    client.cookies[f"device-{User.objects.get(username='ada').pk}"] = value
    assert log_in(client).status_code == 429


def test_the_cookie_is_http_only_and_limited_to_the_login_page(author: User) -> None:
    client = Client()
    response = log_in(client)
    (cookie,) = (c for c in response.cookies.values() if c.key.startswith("device-"))
    assert (cookie["path"], cookie["httponly"], cookie["samesite"]) == ("/login", True, "Lax")


def test_an_unknown_username_is_delayed_like_a_known_one(guesses: list[int]) -> None:
    statuses = [log_in(Client(), "wrong", name="no-one", at=at).status_code for at in BOTS]
    assert statuses == guesses


@pytest.mark.slow
def test_users_behind_one_ip_address_do_not_share_a_limit(author: User) -> None:
    for _n in range(35):
        client = Client()
        assert log_in(client).status_code == 302
