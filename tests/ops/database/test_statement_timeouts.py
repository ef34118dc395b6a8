"""PostgreSQL statements and idle transactions have timeouts, except in migrations."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.ops.processes import ROOT, environment
from tests.postgresql import NewDatabase

SLEEP = "connection.cursor().execute('SELECT pg_sleep(3)')"
IDLE = (
    "from django.db import transaction\nimport time\n"
    "with transaction.atomic(), connection.cursor() as c:\n"
    "    c.execute('SELECT 1'); time.sleep(2); c.execute('SELECT 1')"
)
MIGRATE = (
    "from django.core.management import call_command\n"
    "from django.db.models.signals import pre_migrate\n"
    "def ask(app_config, **more):\n"
    f"    if app_config.label == 'posts': {SLEEP}\n"
    "pre_migrate.connect(ask)\n"
    "call_command('migrate', verbosity=0)\n"
)


def python(url: str, tmp_path: Path, code: str, **more: str) -> subprocess.CompletedProcess[str]:
    setup = "import django; django.setup()\nfrom django.db import connection\n"
    settings = {"DJANGO_SETTINGS_MODULE": "broadsheet.settings", "DATABASE_URL": url, **more}
    return subprocess.run(
        [sys.executable, "-c", setup + code],
        env=environment(tmp_path / "data", **settings),
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.slow
@pytest.mark.prove
def test_slow_statements_and_idle_transactions_are_cancelled_except_in_migrations(
    new_database: NewDatabase, tmp_path: Path
) -> None:
    url = new_database()
    one_second = {"BROADSHEET_STATEMENT_SECONDS": "1"}
    assert "statement timeout" in python(url, tmp_path, SLEEP, **one_second).stderr
    assert "idle-in-transaction timeout" in python(url, tmp_path, IDLE, **one_second).stderr
    assert python(url, tmp_path, MIGRATE, **one_second).returncode == 0
    assert python(url, tmp_path, SLEEP, BROADSHEET_STATEMENT_SECONDS="0").returncode == 0


@pytest.mark.slow
def test_the_database_url_can_override_the_timeout(
    new_database: NewDatabase, tmp_path: Path
) -> None:
    code = "c = connection.cursor(); c.execute('SHOW statement_timeout'); print(c.fetchone()[0])"
    url = new_database()
    assert python(url, tmp_path, code).stdout.strip() == "1min"
    overridden = f"{url}?options=-c%20statement_timeout%3D7s"
    assert python(overridden, tmp_path, code).stdout.strip() == "7s"
