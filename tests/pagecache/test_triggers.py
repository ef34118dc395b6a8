"""`migrate` creates the triggers, and no page is cached while they are missing."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.db import connection, transaction

from broadsheet.accounts.models import User
from broadsheet.pagecache.models import Change
from broadsheet.pagecache.sql import EVENTS
from broadsheet.pagecache.tags import EVERYTHING, NOTHING
from broadsheet.pagecache.triggers import watched
from broadsheet.publication.models import Site
from tests.ops.processes import environment, run

TRIGGERS = {
    "sqlite": "SELECT name FROM sqlite_master WHERE type = 'trigger'",
    "postgresql": "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal",
}


@pytest.mark.django_db
def test_every_watched_model_has_a_trigger_for_each_event() -> None:
    with connection.cursor() as cursor:
        cursor.execute(TRIGGERS[connection.vendor])
        found = {name for (name,) in cursor.fetchall() if name.endswith("_stamps")}
    events = [*EVENTS, *(["truncate"] if connection.vendor == "postgresql" else [])]
    expected = {f"{m._meta.db_table}_{event}_stamps" for m in watched() for event in events}
    assert found == expected
    assert len(expected) > 20


def test_a_change_that_is_rolled_back_invalidates_nothing(site: Site) -> None:
    before = Change.objects.count()
    with transaction.atomic():
        Site.objects.update(name="Another")
        assert Change.objects.count() > before
        transaction.set_rollback(True)
    assert Change.objects.count() == before


def test_raw_sql_invalidates_too(author: User) -> None:
    Change.objects.all().delete()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE accounts_user SET display_name = 'Lovelace'")
    assert f"user:{author.pk.hex}" in Change.objects.values_list("tag", flat=True)


REMAKE = '''
from django.db import migrations

def remake(apps, editor):
    """Make a watched table anew, as many a migration does on SQLite."""
    with editor.connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM sqlite_master WHERE name LIKE '%_stamps'")
        print("triggers", *cursor.fetchone())
        cursor.execute("SELECT stamp FROM pagecache_change ORDER BY id DESC LIMIT 1")
        print("mark", *cursor.fetchone())
    for app, name in [("posts", "Post"), ("posts", "Tag"), ("accounts", "User")]:
        model = apps.get_model(app, name)
        model.objects.update(**{"slug" if name != "User" else "username": "remade"})
        editor._remake_table(model)

class Migration(migrations.Migration):
    dependencies = [("posts", "__latest__"), ("accounts", "__latest__")]
    operations = [migrations.RunPython(remake)]
'''
CHECK = """
import django; django.setup()
from broadsheet.pagecache.models import Change
from broadsheet.publication.models import Site
from django.core.management import call_command
call_command("migrate", verbosity=0)
print(*Change.objects.order_by("id").values_list("tag", flat=True))
Site.objects.create(id=1, name="Here")
print(*Change.objects.order_by("-id").values_list("tag", flat=True)[:1])
"""


@pytest.mark.slow
def test_tables_can_be_recreated_and_nothing_is_cached_meanwhile(tmp_path: Path) -> None:
    data = tmp_path / "data"
    variables = environment(data)
    assert run(data, "migrate", "--verbosity=0").returncode == 0
    app = tmp_path / "remake" / "migrations"
    app.mkdir(parents=True)
    for folder in (app, app.parent):
        (folder / "__init__.py").touch()
    (app / "0001_remake.py").write_text(REMAKE)
    (tmp_path / "remade.py").write_text(
        "from broadsheet.settings import *\nINSTALLED_APPS += ['remake']\n"
    )
    variables["PYTHONPATH"] = f"{variables['PYTHONPATH']}{os.pathsep}{tmp_path}"
    result = subprocess.run(
        [sys.executable, "-c", CHECK],
        env=variables | {"DJANGO_SETTINGS_MODULE": "remade"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    triggers, mark, log, after = result.stdout.splitlines()
    assert triggers == "triggers 0"
    assert mark == f"mark {NOTHING}"
    assert log.split()[-2:] == [NOTHING, EVERYTHING]
    assert after == "site", "the triggers are back"


@pytest.mark.slow
def test_a_migrate_with_nothing_to_do_does_not_disable_caching(tmp_path: Path) -> None:
    data = tmp_path / "data"
    assert run(data, "migrate", "--verbosity=0").returncode == 0
    code = "import django; django.setup(); from broadsheet.pagecache.models import Change as C;"
    show = [sys.executable, "-c", f"{code} print(*C.objects.values_list('tag', flat=True))"]
    variables = environment(data, DJANGO_SETTINGS_MODULE="broadsheet.settings")
    before = subprocess.run(show, env=variables, capture_output=True, text=True, check=True).stdout
    assert run(data, "migrate", "--verbosity=0").returncode == 0
    after = subprocess.run(show, env=variables, capture_output=True, text=True, check=True).stdout
    assert NOTHING not in after.split()[len(before.split()) :]
