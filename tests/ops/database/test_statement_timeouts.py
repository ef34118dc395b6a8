"""On PostgreSQL nothing takes for ever, but what may."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.ops.processes import ROOT, environment
from tests.postgresql import NewDatabase

ASK = "connection.cursor().execute('SELECT pg_sleep(3)')"
WAIT = (
    "from django.db import transaction\nimport time\n"
    "with transaction.atomic(), connection.cursor() as c:\n"
    "    c.execute('SELECT 1'); time.sleep(2); c.execute('SELECT 1')"
)
MIGRATE = (
    "from django.core.management import call_command\n"
    "from django.db.models.signals import pre_migrate\n"
    "def ask(app_config, **more):\n"
    f"    if app_config.label == 'posts': {ASK}\n"
    "pre_migrate.connect(ask)\n"
    "call_command('migrate', verbosity=0)\n"
)


def python(
    address: str, tmp_path: Path, code: str, **more: str
) -> subprocess.CompletedProcess[str]:
    begin = "import django; django.setup()\nfrom django.db import connection\n"
    settings = {"DJANGO_SETTINGS_MODULE": "broadsheet.settings", "DATABASE_URL": address, **more}
    return subprocess.run(
        [sys.executable, "-c", begin + code],
        env=environment(tmp_path / "data", **settings),
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.slow
def test_statements_and_idle_transactions_are_ended_and_migrations_are_not(
    new_database: NewDatabase, tmp_path: Path
) -> None:
    address = new_database()
    second = {"BROADSHEET_STATEMENT_SECONDS": "1"}
    assert "statement timeout" in python(address, tmp_path, ASK, **second).stderr
    assert "idle-in-transaction timeout" in python(address, tmp_path, WAIT, **second).stderr
    assert python(address, tmp_path, MIGRATE, **second).returncode == 0
    assert python(address, tmp_path, ASK, BROADSHEET_STATEMENT_SECONDS="0").returncode == 0


@pytest.mark.slow
def test_an_address_may_say_its_own_options(new_database: NewDatabase, tmp_path: Path) -> None:
    code = "c = connection.cursor(); c.execute('SHOW statement_timeout'); print(c.fetchone()[0])"
    address = new_database()
    assert python(address, tmp_path, code).stdout.strip() == "1min"
    own = f"{address}?options=-c%20statement_timeout%3D7s"
    assert python(own, tmp_path, code).stdout.strip() == "7s"
