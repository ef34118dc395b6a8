"""Requests are counted by their route, and named in the logs and to whoever asked."""

import io
import json
import logging
import re
from collections.abc import Callable

import pytest
import sentry_sdk
from django.test import Client
from pytest_django import Settings
from sentry_sdk.transport import Transport

from broadsheet.accounts.models import User
from broadsheet.lib import logs
from broadsheet.ops.monitoring import exporter
from broadsheet.ops.monitoring.error_reporting import setup
from tests.ops.processes import Server, fetch, free_port, is_listening, wait_for

pytestmark = pytest.mark.django_db
SERVE = ("broadsheet", "serve", "--port", "{port}")
BEARER = {"Authorization": "Bearer a-token"}


def counted(settings: Settings, name: str, **labels: str) -> float:
    settings.METRICS_TOKEN = "a-token"
    wanted = {f'{key}="{value}"' for key, value in labels.items()}
    for line in Client().get("/metrics", headers=BEARER).text.splitlines():
        if line.startswith(f"{name}{{") and wanted <= set(re.findall(r'\w+="[^"]*"', line)):
            return float(line.rpartition(" ")[2])
    return 0


def test_a_request_is_counted_by_its_route(settings: Settings) -> None:
    labels = {"route": "account_login", "method": "GET", "status": "200"}
    before = counted(settings, "broadsheet_requests_total", **labels)
    for _ in range(3):
        Client().get("/login")
    assert counted(settings, "broadsheet_requests_total", **labels) == before + 3
    assert counted(settings, "broadsheet_request_seconds_count", route="account_login") >= 3


def test_addresses_that_strangers_make_up_add_no_series(settings: Settings) -> None:
    def make_up(numbers: range) -> None:
        for number in numbers:
            Client().get(f"/made-up-{number}")
            Client().get(f"/made-up-{number}/deeper")
            Client().generic(f"METHOD{number}", "/login")

    make_up(range(1))
    before = samples_of(settings)
    make_up(range(1, 12))
    assert len(samples_of(settings)) == len(before)


def samples_of(settings: Settings) -> list[str]:
    settings.METRICS_TOKEN = "a-token"
    text = Client().get("/metrics", headers=BEARER).text
    return [line for line in text.splitlines() if line.startswith("broadsheet_request")]


def test_logins_are_counted(settings: Settings, author: User) -> None:
    before = counted(settings, "broadsheet_logins_total", outcome="failed")
    Client().post("/login", {"login": author.username, "password": "guessed wrong"})
    assert counted(settings, "broadsheet_logins_total", outcome="failed") == before + 1


def test_a_request_has_a_name_of_ours_or_of_our_proxy(settings: Settings) -> None:
    asked = {"X-Request-ID": "from-the-proxy-1"}
    assert re.fullmatch("[0-9a-f]{16}", Client().post("/login", headers=asked)["X-Request-ID"])
    settings.PROXIES = 1
    assert Client().post("/login", headers=asked)["X-Request-ID"] == "from-the-proxy-1"
    hostile = {"X-Request-ID": "a\tb" * 100}
    assert re.fullmatch("[0-9a-f]{16}", Client().post("/login", headers=hostile)["X-Request-ID"])


@pytest.mark.parametrize("path", ["/", "/nothing", "/login", "/api/v1/posts"])
def test_what_is_read_names_no_request(path: str) -> None:
    assert not Client().get(path).has_header("X-Request-ID")


def test_a_record_is_one_line_of_json_with_what_was_being_done() -> None:
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(logs.JSONFormatter())
    logger = logging.getLogger("broadsheet.test")
    logger.addHandler(handler)
    logger.propagate = False
    token = logs.request_id.set("0123456789abcdef")
    try:
        logger.warning("Two\nlines of %s", "text", extra={"count": 2})
        raise ValueError("a reason")
    except ValueError:
        logger.exception("It failed.")
    finally:
        logs.request_id.reset(token)
        logger.removeHandler(handler)
    first, second = (json.loads(line) for line in stream.getvalue().splitlines())
    assert first.pop("time").endswith("Z")
    assert first == {
        "level": "warning",
        "logger": "broadsheet.test",
        "message": "Two\nlines of text",
        "doing": "0123456789abcdef",
        "count": 2,
    }
    assert "ValueError: a reason" in second["error"]


@pytest.mark.slow
@pytest.mark.server
def test_prometheus_is_answered_on_an_address_of_its_own(start: Callable[..., Server]) -> None:
    port = free_port()
    address = f"127.0.0.1:{port}"
    start(*SERVE, BROADSHEET_METRICS_ADDRESS=address)
    wait_for(lambda: is_listening(port), "the metrics")
    status, text = fetch(port, "/metrics")
    assert status == 200
    assert 'broadsheet_is_well{check="database"} 1.0' in text
    assert fetch(port, "/")[0] == 404


def test_a_taken_address_is_said_and_nothing_fails(
    settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    settings.METRICS_ADDRESS = "192.0.2.1:9464"
    exporter.start()
    assert "BROADSHEET_METRICS_ADDRESS" in caplog.text


def test_errors_are_reported_without_anything_personal(settings: Settings) -> None:
    sent: list[str] = []

    class Kept(Transport):
        def capture_envelope(self, envelope: sentry_sdk.envelope.Envelope) -> None:
            sent.append(envelope.serialize().decode(errors="replace"))

    settings.SENTRY_DSN = "http://key@127.0.0.1:9/1"
    setup()
    client = sentry_sdk.get_client()
    client.transport = Kept(client.options)
    try:
        _password = "hunter-%d" % 2  # noqa: UP031 - a value that is not in the source
        raise RuntimeError("no luck")
    except RuntimeError:
        sentry_sdk.capture_exception()
    finally:
        sentry_sdk.init()  # nobody is told any more
    assert len(sent) == 1
    assert "no luck" in sent[0]
    assert "hunter-2" not in sent[0]
