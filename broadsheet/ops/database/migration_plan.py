"""What an upgrade will do to the database, and whether the release before goes on meanwhile.

While an upgrade is rolled out, the code of the release before still serves on the new tables. So a
release only adds (expand), and takes away what the release before stopped using (contract).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.db import connection
from django.db.migrations import Migration
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations import (
    AddConstraint,
    AddField,
    AlterField,
    AlterModelTable,
    CreateModel,
    DeleteModel,
    RemoveField,
    RenameField,
    RenameModel,
    RunPython,
    RunSQL,
    SeparateDatabaseAndState,
)
from django.db.migrations.operations.base import Operation
from django.db.migrations.recorder import MigrationRecorder
from django.db.migrations.state import ProjectState

#: A migration that is known to be survived says why in an attribute of this name.
SURVIVED = "survived_because"
_GONE = {
    RemoveField: "the field is still read and written",
    DeleteModel: "the table is still read and written",
    RenameField: "the field is still asked for by its old name",
    RenameModel: "the table is still asked for by its old name",
    AlterModelTable: "the table is still asked for by its old name",
    AddConstraint: "what it refuses may still be written",
    RunPython: "nobody can tell what its code does",
    RunSQL: "nobody can tell what its SQL does",
}


@dataclass(frozen=True, slots=True)
class Step:
    """A migration that is to be run: what it does, and why running code would not survive it."""

    name: str
    does: list[str]
    breaks: list[str]


def pending_migrations() -> int:
    """Return how many migrations the database has not seen yet."""
    return len(_known() - MigrationRecorder(connection).applied_migrations().keys())


@cache
def _known() -> set[tuple[str, str]]:
    """Return the migrations of this version, which takes long to read and never changes."""
    return set(MigrationLoader(None).graph.nodes)


def pending() -> list[Step]:
    """Return the migrations that the database has not seen, in their order."""
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    applied = [
        key for key in executor.loader.applied_migrations if key in executor.loader.graph.nodes
    ]
    state = executor.loader.project_state(applied) if applied else ProjectState()
    steps = []
    for migration, _is_backwards in plan:
        steps.append(step(migration, state))
        migration.mutate_state(state, preserve=False)
    return steps


def step(migration: Migration, before: ProjectState) -> Step:
    """Return what a migration does to models as they were `before`."""
    app = migration.app_label
    breaks = [] if hasattr(migration, SURVIVED) else [*_breaks(migration, before)]
    does = [operation.describe() for operation in migration.operations]
    return Step(f"{app}.{migration.name}", does, breaks)


def _breaks(migration: Migration, before: ProjectState) -> Iterator[str]:
    made = {op.name_lower for op in migration.operations if isinstance(op, CreateModel)}
    state = before.clone()
    for operation in migration.operations:
        model = getattr(operation, "model_name_lower", "")
        reason = "" if model in made else _reason(operation, migration.app_label, state)
        if reason:
            yield f"{operation.describe()}: {reason}"
        operation.state_forwards(migration.app_label, state)


def _reason(operation: Operation, app: str, before: ProjectState) -> str:
    """Return why code that does not know of it fails after an operation; empty if it does not."""
    if isinstance(operation, SeparateDatabaseAndState):
        reasons = (_reason(inner, app, before) for inner in operation.database_operations)
        return next(filter(None, reasons), "")
    if isinstance(operation, AddField) and _is_demanded(operation.field):
        return "rows are still written without it; let it be null or give it a db_default"
    if isinstance(operation, AlterField):
        return _altered(operation, app, before)
    return next((says for kind, says in _GONE.items() if isinstance(operation, kind)), "")


def _is_demanded(field: Any) -> bool:
    return not (field.null or field.many_to_many or field.has_db_default())


def _altered(operation: AlterField, app: str, before: ProjectState) -> str:
    old = before.models[app, operation.model_name_lower].fields[operation.name]
    new = operation.field
    if old.get_internal_type() != new.get_internal_type():
        return "the field is still read and written as what it was"
    if old.null and _is_demanded(new):
        return "rows are still written without it"
    if (new.max_length or 0) < (old.max_length or 0):
        return "longer values are still written"
    return "values are still written twice" if new.unique and not old.unique else ""
