"""Alerts and the dashboard query only metrics and checks that exist."""

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


def test_every_queried_metric_exists(settings: Settings) -> None:
    settings.METRICS_TOKEN = "a-token"
    Client().get("/login")
    Client().post("/login", {"login": "nobody", "password": "guessed wrong"})
    MAILS.labels("failed").inc(0)
    text = Client().get("/metrics", headers={"Authorization": "Bearer a-token"}).text
    existing = {line.split()[2] for line in text.splitlines() if line.startswith("# TYPE")}
    existing |= {f"{name}_bucket" for name in existing}
    queried = {
        name for query in [*alerts(), *targets()] for name in re.findall(r"broadsheet_\w+", query)
    }
    assert queried - existing == set()
    assert len(queried) > 10


def test_every_alert_has_a_runbook() -> None:
    text = (ROOT / "docs" / "monitoring.md").read_text()
    headings = {name.lower() for name in re.findall(r"^### (\w+)$", text, re.MULTILINE)}
    names = {rule["alert"]: rule["annotations"]["runbook_url"] for rule in rules()}
    assert names == {name: f"docs/monitoring.md#{name.lower()}" for name in names}
    assert {name.lower() for name in names} == headings


def test_every_check_in_the_alerts_exists() -> None:
    queried = {
        check
        for query in alerts()
        for named in re.findall(r'check!?=~?"([\w|]+)"', query)
        for check in named.split("|")
    }
    assert len(queried) > 2
    assert queried <= {check.name for check in health_checks.all_checks()}


def test_prometheus_accepts_the_alerts() -> None:
    if shutil.which("promtool") is None:
        pytest.skip("needs promtool")
    result = subprocess.run(
        ["promtool", "check", "rules", str(ALERTS)], capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stderr


def test_prometheus_accepts_the_metrics(settings: Settings) -> None:
    if shutil.which("promtool") is None:
        pytest.skip("needs promtool")
    settings.METRICS_TOKEN = "a-token"
    Client().get("/login")
    text = Client().get("/metrics", headers={"Authorization": "Bearer a-token"}).text
    result = subprocess.run(
        ["promtool", "check", "metrics"], input=text, capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stdout + result.stderr
