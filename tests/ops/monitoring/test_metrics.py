"""Metrics for Prometheus, and who may read them."""

import os
from importlib.metadata import version
from pathlib import Path
from unittest.mock import Mock

import pytest
from django.core.handlers.wsgi import WSGIHandler
from django.core.management import call_command
from django.db import InterfaceError, connection
from django.test import Client
from prometheus_client.parser import text_string_to_metric_families
from pytest_django import Settings

from broadsheet.accounts.models import User
from broadsheet.ops.monitoring.process_stats import DESCRIPTIONS
from broadsheet.pagecache.stats import COUNTERS
from tests.ops.processes import free_port, run
from tests.pagecache.visitors import Visitor

TOKEN = "a-token"
BEARER = {"Authorization": f"Bearer {TOKEN}"}


def samples(text: str) -> dict[str, float]:
    """Return the sums of the values of all processes, by name."""
    values: dict[str, float] = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            values[sample.name] = values.get(sample.name, 0) + sample.value
    return values


def test_an_owner_can_read_the_metrics_of_the_page_cache(owner: User) -> None:
    visitor = Visitor(WSGIHandler())
    client = Client()
    client.force_login(owner)
    before = samples(client.get("/metrics").text)
    for _ in range(3):
        visitor.get(HTTP_HOST="testserver")
    response = client.get("/metrics")
    assert response.headers["Content-Type"].startswith("text/plain; version=0.0.4")
    assert response.headers["Cache-Control"] == "no-store"
    after = samples(response.text)
    hits, misses = "broadsheet_page_cache_hits_total", "broadsheet_page_cache_misses_total"
    assert after[hits] - before.get(hits, 0) == 2
    assert after[misses] - before.get(misses, 0) == 1
    assert after["broadsheet_page_cache_bytes"] > 3_000


def test_every_counter_has_a_help_text_and_a_process_label(owner: User) -> None:
    Visitor(WSGIHandler())
    client = Client()
    client.force_login(owner)
    families = {f.name: f for f in text_string_to_metric_families(client.get("/metrics").text)}
    for name, text in COUNTERS.items():
        family = families[f"broadsheet_page_cache_{name}"]
        assert family.documentation == text
        assert family.type == ("gauge" if name in {"pages", "bytes"} else "counter")
        assert all(sample.labels["process"].isdigit() for sample in family.samples)
        assert family.samples


def test_metrics_can_be_read_with_the_token_under_any_host(owner: User, settings: Settings) -> None:
    settings.METRICS_TOKEN = TOKEN
    settings.SECURE_SSL_REDIRECT = True
    for host in ("testserver", "10.0.0.5:8000"):
        response = Client().get("/metrics", headers={**BEARER, "Host": host})
        assert response.status_code == 200
        assert "# HELP broadsheet_page_cache_hits_total" in response.text


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer ", "Bearer a-tokem", TOKEN, "Bearer ä"])
def test_metrics_cannot_be_read_without_the_token(
    owner: User, settings: Settings, header: str
) -> None:
    for token in (TOKEN, ""):
        settings.METRICS_TOKEN = token
        assert Client().get("/metrics", headers={"Authorization": header}).status_code == 404


def test_the_metrics_command_prints_the_metrics(
    owner: User, capsys: pytest.CaptureFixture[str]
) -> None:
    Visitor(WSGIHandler())
    call_command("metrics")
    assert "broadsheet_page_cache_pages{process=" in capsys.readouterr().out


def test_metrics_include_the_version_and_processes(owner: User, settings: Settings) -> None:
    settings.METRICS_TOKEN = TOKEN
    Visitor(WSGIHandler())
    text = Client().get("/metrics", headers=BEARER).text
    families = {f.name: f for f in text_string_to_metric_families(text)}
    [information] = families["broadsheet_info"].samples
    assert information.labels["version"] == version("broadsheet")
    assert information.labels["database"] == connection.vendor
    own = {"kind": "server", "process": str(os.getpid())}
    for name in DESCRIPTIONS:
        [value] = [
            s.value for s in families[f"broadsheet_process_{name}"].samples if s.labels == own
        ]
        assert value > 0, name
    memory = samples(text)["broadsheet_process_resident_memory_bytes"]
    assert memory > 10_000_000


@pytest.mark.slow
def test_metrics_report_an_unreachable_database(prepared: Path) -> None:
    url = f"postgresql://nobody@127.0.0.1:{free_port()}/nothing"
    done = run(prepared, "metrics", DATABASE_URL=url)
    assert done.returncode == 0, done.stderr
    assert 'broadsheet_is_ready{check="database"} 0.0' in done.stdout
    assert 'broadsheet_is_healthy{check="disk"}' in done.stdout
    assert 'broadsheet_info{database="postgresql"' in done.stdout


def test_metrics_report_a_closed_connection_as_an_unreachable_database(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.METRICS_TOKEN = TOKEN
    Visitor(WSGIHandler())
    monkeypatch.setattr(connection, "cursor", Mock(side_effect=InterfaceError("closed")))
    response = Client().get("/metrics", headers=BEARER)
    assert response.status_code == 200
    assert 'broadsheet_is_ready{check="database"} 0.0' in response.text
    assert "broadsheet_page_cache_hits_total" in response.text
    assert "broadsheet_process_cpu_seconds_total" in response.text
