"""What was counted, for Prometheus, and who may read it."""

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
    """Return the values of all processes together, by name."""
    values: dict[str, float] = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            values[sample.name] = values.get(sample.name, 0) + sample.value
    return values


def test_an_owner_reads_what_the_page_cache_counted(owner: User) -> None:
    visitor = Visitor(WSGIHandler())
    client = Client()
    client.force_login(owner)
    before = samples(client.get("/metrics").text)
    for _ in range(3):
        visitor.get(HTTP_HOST="testserver")
    answer = client.get("/metrics")
    assert answer.headers["Content-Type"].startswith("text/plain; version=0.0.4")
    assert answer.headers["Cache-Control"] == "no-store"
    after = samples(answer.text)
    hits, misses = "broadsheet_page_cache_hits_total", "broadsheet_page_cache_misses_total"
    assert after[hits] - before.get(hits, 0) == 2
    assert after[misses] - before.get(misses, 0) == 1
    assert after["broadsheet_page_cache_bytes"] > 3_000


def test_every_count_has_its_help_and_its_process(owner: User) -> None:
    Visitor(WSGIHandler())
    client = Client()
    client.force_login(owner)
    families = {f.name: f for f in text_string_to_metric_families(client.get("/metrics").text)}
    for name, says in COUNTERS.items():
        family = families[f"broadsheet_page_cache_{name}"]
        assert family.documentation == says
        assert family.type == ("gauge" if name in {"pages", "bytes"} else "counter")
        assert all(sample.labels["process"].isdigit() for sample in family.samples)
        assert family.samples


def test_prometheus_reads_it_with_the_token_under_any_host(owner: User, settings: Settings) -> None:
    settings.METRICS_TOKEN = TOKEN
    settings.SECURE_SSL_REDIRECT = True
    for host in ("testserver", "10.0.0.5:8000"):
        answer = Client().get("/metrics", headers={**BEARER, "Host": host})
        assert answer.status_code == 200
        assert "# HELP broadsheet_page_cache_hits_total" in answer.text


@pytest.mark.parametrize("shown", ["", "Bearer", "Bearer ", "Bearer a-tokem", TOKEN, "Bearer ä"])
def test_who_has_no_token_learns_nothing(owner: User, settings: Settings, shown: str) -> None:
    for token in (TOKEN, ""):
        settings.METRICS_TOKEN = token
        assert Client().get("/metrics", headers={"Authorization": shown}).status_code == 404


def test_the_command_line_says_the_same(owner: User, capsys: pytest.CaptureFixture[str]) -> None:
    Visitor(WSGIHandler())
    call_command("metrics")
    assert "broadsheet_page_cache_pages{process=" in capsys.readouterr().out


def test_version_and_processes_are_among_it(owner: User, settings: Settings) -> None:
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


def test_while_the_database_is_away_the_metrics_say_so(prepared: Path) -> None:
    address = f"postgresql://nobody@127.0.0.1:{free_port()}/nothing"
    done = run(prepared, "metrics", DATABASE_URL=address)
    assert done.returncode == 0, done.stderr
    assert 'broadsheet_is_ready{check="database"} 0.0' in done.stdout
    assert 'broadsheet_is_well{check="disk"}' in done.stdout
    assert 'broadsheet_info{database="postgresql"' in done.stdout


def test_a_connection_that_was_cut_is_a_database_that_is_away(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.METRICS_TOKEN = TOKEN
    Visitor(WSGIHandler())
    monkeypatch.setattr(connection, "cursor", Mock(side_effect=InterfaceError("closed")))
    answer = Client().get("/metrics", headers=BEARER)
    assert answer.status_code == 200
    assert 'broadsheet_is_ready{check="database"} 0.0' in answer.text
    assert "broadsheet_page_cache_hits_total" in answer.text
    assert "broadsheet_process_cpu_seconds_total" in answer.text
