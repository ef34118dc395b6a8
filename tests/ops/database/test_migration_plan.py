"""Upgrades are announced, do not break the running version, and can be killed and repeated."""

import random
import sqlite3
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.db import connection, migrations, models
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ModelState, ProjectState

from broadsheet.ops.database import migration_plan
from tests.ops import releases
from tests.ops.processes import ROOT, environment, run


def initial_state() -> ProjectState:
    state = ProjectState()
    fields: list[tuple[str, models.Field[Any, Any]]] = [
        ("id", models.BigAutoField(primary_key=True)),
        ("name", models.CharField(max_length=50, null=True)),
    ]
    state.add_model(ModelState("rooms", "Room", fields))
    return state


def reasons(*operations: Operation) -> list[str]:
    migration = migrations.Migration("0002_next", "rooms")
    migration.operations = [*operations]  # type: ignore[misc] # as Django's own autodetector does
    return migration_plan.describe(migration, initial_state()).breaks


@pytest.mark.parametrize(
    "operation",
    [
        migrations.AddField("room", "size", models.IntegerField(null=True)),
        migrations.AddField("room", "size", models.IntegerField(db_default=0)),
        migrations.AddField("room", "doors", models.ManyToManyField("rooms.Room")),
        migrations.AddIndex("room", models.Index(fields=["name"], name="room_name")),
        migrations.AlterField("room", "name", models.CharField(max_length=80, null=True)),
        migrations.CreateModel("Door", [("id", models.BigAutoField(primary_key=True))]),
    ],
)
def test_additive_operations_do_not_break_running_code(operation: Operation) -> None:
    assert reasons(operation) == []


@pytest.mark.parametrize(
    ("operation", "expected"),
    [
        (migrations.AddField("room", "size", models.IntegerField(default=0)), "db_default"),
        (migrations.RemoveField("room", "name"), "still read"),
        (migrations.DeleteModel("Room"), "still read"),
        (migrations.RenameField("room", "name", "title"), "old name"),
        (migrations.RenameModel("Room", "Hall"), "old name"),
        (migrations.AlterModelTable("room", "halls"), "old name"),
        (migrations.AlterField("room", "name", models.CharField(max_length=50)), "without it"),
        (
            migrations.AlterField("room", "name", models.CharField(max_length=9, null=True)),
            "longer",
        ),
        (
            migrations.AlterField("room", "name", models.IntegerField(null=True)),
            "with its old type",
        ),
        (migrations.RunSQL("DELETE FROM rooms_room"), "the effect of its SQL is unknown"),
        (
            migrations.SeparateDatabaseAndState([migrations.RemoveField("room", "name")]),
            "still read",
        ),
    ],
)
def test_operations_that_break_running_code_are_reported(
    operation: Operation, expected: str
) -> None:
    [reason] = reasons(operation)
    assert expected in reason


def test_new_tables_may_have_any_columns() -> None:
    new = migrations.CreateModel("Door", [("id", models.BigAutoField(primary_key=True))])
    assert reasons(new, migrations.AddField("door", "width", models.IntegerField(default=1))) == []


@pytest.mark.django_db
def test_no_migration_since_the_first_release_breaks_running_code() -> None:
    loader = MigrationLoader(connection)
    app_labels = {
        config.label for config in apps.get_app_configs() if config.name[:11] == "broadsheet."
    }
    first = releases.ALL[0].migrations()  # nobody upgrades from before it
    for app, name in loader.graph.nodes:
        if app not in app_labels or int(name[:4]) <= first.get(app, 0):
            continue
        migration = loader.graph.nodes[app, name]
        state = loader.project_state((app, name), at_end=False)
        assert migration_plan.describe(migration, state).breaks == [], (app, name)


@pytest.mark.slow
def test_upgrade_check_lists_the_migrations_to_run(tmp_path: Path) -> None:
    data = tmp_path / "data"
    missing = run(data, "upgrade-check")
    assert missing.returncode == 1
    assert "Run `broadsheet migrate`" in missing.stderr
    data.mkdir()
    first = run(data, "upgrade-check")
    assert first.returncode == 0, first.stderr
    assert "migrations to run:" in first.stdout
    assert run(data, "migrate", "--verbosity=0").returncode == 0
    assert run(data, "upgrade-check").stdout == "Nothing to do.\n"


def schema(data: Path) -> set[tuple[str, str]]:
    with sqlite3.connect(data / "broadsheet.sqlite3") as database:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        found = set(database.execute("SELECT name, coalesce(sql, '') FROM sqlite_master"))
    database.close()
    return found


@pytest.mark.slow
@pytest.mark.prove
def test_killed_migrations_are_completed(prepared: Path, tmp_path: Path) -> None:
    rng = random.Random(4)
    data = tmp_path / "data"
    for _ in range(8):
        process = subprocess.Popen(
            [sys.executable, "-m", "broadsheet", "migrate", "--verbosity=0"],
            env=environment(data),
            cwd=ROOT,
        )
        time.sleep(rng.uniform(0.5, 2.5))
        process.kill()
        process.wait()
    done = run(data, "migrate", "--verbosity=0")
    assert done.returncode == 0, done.stderr
    assert schema(data) == schema(prepared)
