"""Alerts and the dashboard ask for what there is."""

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from django.test import Client
from pytest_django import Settings

from broadsheet.ops.monitoring import health_checks
from broadsheet.ops.monitoring.request_metrics import MAILS
from tests.ops.processes import ROOT

pytestmark = pytest.mark.django_db
ALERTS, DASHBOARD = ROOT / "monitoring" / "alerts.yml", ROOT / "monitoring" / "grafana.json"


def rules() -> Iterator[dict[str, Any]]:
    for group in yaml.safe_load(ALERTS.read_text())["groups"]:
        yield from group["rules"]


def alerts() -> Iterator[str]:
    yield from (rule["expr"] for rule in rules())


def targets() -> Iterator[str]:
    for panel in json.loads(DASHBOARD.read_text())["panels"]:
        yield from (target["expr"] for target in panel["targets"])


def test_each_metric_that_is_asked_for_is_there(settings: Settings) -> None:
    settings.METRICS_TOKEN = "a-token"
    Client().get("/login")
    Client().post("/login", {"login": "nobody", "password": "guessed wrong"})
    MAILS.labels("failed").inc(0)
    text = Client().get("/metrics", headers={"Authorization": "Bearer a-token"}).text
    there = {line.split()[2] for line in text.splitlines() if line.startswith("# TYPE")}
    there |= {f"{name}_bucket" for name in there}
    asked = {
        name for query in [*alerts(), *targets()] for name in re.findall(r"broadsheet_\w+", query)
    }
    assert asked - there == set()
    assert len(asked) > 10


def test_each_alert_leads_to_what_to_do() -> None:
    text = (ROOT / "docs" / "monitoring.md").read_text()
    headings = {name.lower() for name in re.findall(r"^### (\w+)$", text, re.MULTILINE)}
    names = {rule["alert"]: rule["annotations"]["runbook_url"] for rule in rules()}
    assert names == {name: f"docs/monitoring.md#{name.lower()}" for name in names}
    assert {name.lower() for name in names} == headings


def test_each_check_that_alerts_ask_for_is_there() -> None:
    asked = {
        check
        for query in alerts()
        for named in re.findall(r'check!?=~?"([\w|]+)"', query)
        for check in named.split("|")
    }
    assert len(asked) > 2
    assert asked <= {check.name for check in health_checks.all_checks()}


def test_prometheus_takes_the_alerts() -> None:
    if shutil.which("promtool") is None:
        pytest.skip("needs promtool")
    done = subprocess.run(
        ["promtool", "check", "rules", str(ALERTS)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_prometheus_takes_the_metrics(settings: Settings) -> None:
    if shutil.which("promtool") is None:
        pytest.skip("needs promtool")
    settings.METRICS_TOKEN = "a-token"
    Client().get("/login")
    text = Client().get("/metrics", headers={"Authorization": "Bearer a-token"}).text
    done = subprocess.run(
        ["promtool", "check", "metrics"], input=text, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
