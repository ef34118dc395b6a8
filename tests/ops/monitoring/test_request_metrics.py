"""Requests are counted by route, and have an ID in logs and responses."""

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


def metric_value(settings: Settings, name: str, **labels: str) -> float:
    settings.METRICS_TOKEN = "a-token"
    wanted = {f'{key}="{value}"' for key, value in labels.items()}
    for line in Client().get("/metrics", headers=BEARER).text.splitlines():
        if line.startswith(f"{name}{{") and wanted <= set(re.findall(r'\w+="[^"]*"', line)):
            return float(line.rpartition(" ")[2])
    return 0


def test_a_request_is_counted_by_its_route(settings: Settings) -> None:
    labels = {"route": "account_login", "method": "GET", "status": "200"}
    before = metric_value(settings, "broadsheet_requests_total", **labels)
    for _ in range(3):
        Client().get("/login")
    assert metric_value(settings, "broadsheet_requests_total", **labels) == before + 3
    assert metric_value(settings, "broadsheet_request_seconds_count", route="account_login") >= 3


def test_unknown_urls_and_methods_add_no_series(settings: Settings) -> None:
    def send_requests(numbers: range) -> None:
        for number in numbers:
            Client().get(f"/made-up-{number}")
            Client().get(f"/made-up-{number}/deeper")
            Client().generic(f"METHOD{number}", "/login")

    send_requests(range(1))
    before = request_samples(settings)
    send_requests(range(1, 12))
    assert len(request_samples(settings)) == len(before)


def request_samples(settings: Settings) -> list[str]:
    settings.METRICS_TOKEN = "a-token"
    text = Client().get("/metrics", headers=BEARER).text
    return [line for line in text.splitlines() if line.startswith("broadsheet_request")]


def test_logins_are_counted(settings: Settings, author: User) -> None:
    before = metric_value(settings, "broadsheet_logins_total", outcome="failed")
    Client().post("/login", {"login": author.username, "password": "guessed wrong"})
    assert metric_value(settings, "broadsheet_logins_total", outcome="failed") == before + 1


def test_the_request_id_is_generated_or_from_a_trusted_proxy(settings: Settings) -> None:
    headers = {"X-Request-ID": "from-the-proxy-1"}
    assert re.fullmatch("[0-9a-f]{16}", Client().post("/login", headers=headers)["X-Request-ID"])
    settings.PROXIES = 1
    assert Client().post("/login", headers=headers)["X-Request-ID"] == "from-the-proxy-1"
    hostile = {"X-Request-ID": "a\tb" * 100}
    assert re.fullmatch("[0-9a-f]{16}", Client().post("/login", headers=hostile)["X-Request-ID"])


@pytest.mark.parametrize("path", ["/", "/nothing", "/login", "/api/v1/posts"])
def test_responses_to_get_requests_have_no_request_id(path: str) -> None:
    assert not Client().get(path).has_header("X-Request-ID")


def test_a_log_record_is_one_line_of_json_with_its_request_id() -> None:
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
        "request_id": "0123456789abcdef",
        "count": 2,
    }
    assert "ValueError: a reason" in second["error"]


@pytest.mark.slow
@pytest.mark.server
def test_metrics_are_served_at_their_own_address(start: Callable[..., Server]) -> None:
    port = free_port()
    address = f"127.0.0.1:{port}"
    start(*SERVE, BROADSHEET_METRICS_ADDRESS=address)
    wait_for(lambda: is_listening(port), "the metrics")
    status, text = fetch(port, "/metrics")
    assert status == 200
    assert 'broadsheet_is_healthy{check="database"} 1.0' in text
    assert fetch(port, "/")[0] == 404


def test_an_unavailable_metrics_address_is_logged(
    settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    settings.METRICS_ADDRESS = "192.0.2.1:9464"
    exporter.start()
    assert "BROADSHEET_METRICS_ADDRESS" in caplog.text


def test_errors_are_reported_without_personal_data(settings: Settings) -> None:
    sent: list[str] = []

    class RecordingTransport(Transport):
        def capture_envelope(self, envelope: sentry_sdk.envelope.Envelope) -> None:
            sent.append(envelope.serialize().decode(errors="replace"))

    settings.SENTRY_DSN = "http://key@127.0.0.1:9/1"
    setup()
    client = sentry_sdk.get_client()
    client.transport = RecordingTransport(client.options)
    try:
        _password = "hunter-%d" % 2  # noqa: UP031 - a value that is not in the source
        raise RuntimeError("no luck")
    except RuntimeError:
        sentry_sdk.capture_exception()
    finally:
        sentry_sdk.init()  # disable reporting
    assert len(sent) == 1
    assert "no luck" in sent[0]
    assert "hunter-2" not in sent[0]
