"""Pending migrations: their effects, and their compatibility with the previous release.

During a rolling upgrade the previous release still serves on the new schema. So a release only adds
(expand), and removes only parts that the previous release no longer used (contract).
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

#: Attribute of a migration that is known to be safe: it gives the reason.
SAFE_ATTRIBUTE = "survived_because"
_BREAKING = {
    RemoveField: "the running code still reads and writes this field",
    DeleteModel: "the running code still reads and writes this table",
    RenameField: "the running code still uses the field's old name",
    RenameModel: "the running code still uses the table's old name",
    AlterModelTable: "the running code still uses the table's old name",
    AddConstraint: "the running code may still write rows that violate it",
    RunPython: "the effect of its code is unknown",
    RunSQL: "the effect of its SQL is unknown",
}


@dataclass(frozen=True, slots=True)
class PendingMigration:
    """A pending migration: its effects, and the reason why running code would fail after it."""

    name: str
    does: list[str]
    breaks: list[str]


def count_pending() -> int:
    """Return the number of pending migrations."""
    return len(_all_migrations() - MigrationRecorder(connection).applied_migrations().keys())


@cache
def _all_migrations() -> set[tuple[str, str]]:
    """Return all migrations of this version; cached, because loading them is slow."""
    return set(MigrationLoader(None).graph.nodes)


def pending_migrations() -> list[PendingMigration]:
    """Return the pending migrations in order."""
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    applied = [
        key for key in executor.loader.applied_migrations if key in executor.loader.graph.nodes
    ]
    state = executor.loader.project_state(applied) if applied else ProjectState()
    result = []
    for migration, _is_backwards in plan:
        result.append(describe(migration, state))
        migration.mutate_state(state, preserve=False)
    return result


def describe(migration: Migration, before: ProjectState) -> PendingMigration:
    """Return the effects of a migration on the models in the state `before`."""
    app = migration.app_label
    breaks = [] if hasattr(migration, SAFE_ATTRIBUTE) else [*_breaks(migration, before)]
    does = [operation.describe() for operation in migration.operations]
    return PendingMigration(f"{app}.{migration.name}", does, breaks)


def _breaks(migration: Migration, before: ProjectState) -> Iterator[str]:
    created = {op.name_lower for op in migration.operations if isinstance(op, CreateModel)}
    state = before.clone()
    for operation in migration.operations:
        model = getattr(operation, "model_name_lower", "")
        reason = "" if model in created else _reason(operation, migration.app_label, state)
        if reason:
            yield f"{operation.describe()}: {reason}"
        operation.state_forwards(migration.app_label, state)


def _reason(operation: Operation, app: str, before: ProjectState) -> str:
    """Return why code of the previous release fails after an operation; empty if it does not."""
    if isinstance(operation, SeparateDatabaseAndState):
        reasons = (_reason(inner, app, before) for inner in operation.database_operations)
        return next(filter(None, reasons), "")
    if isinstance(operation, AddField) and _is_required(operation.field):
        return (
            "the running code still inserts rows without it; make it nullable or give it a "
            "db_default"
        )
    if isinstance(operation, AlterField):
        return _alter_reason(operation, app, before)
    return next((reason for kind, reason in _BREAKING.items() if isinstance(operation, kind)), "")


def _is_required(field: Any) -> bool:
    return not (field.null or field.many_to_many or field.has_db_default())


def _alter_reason(operation: AlterField, app: str, before: ProjectState) -> str:
    old = before.models[app, operation.model_name_lower].fields[operation.name]
    new = operation.field
    if old.get_internal_type() != new.get_internal_type():
        return "the running code still reads and writes the field with its old type"
    if old.null and _is_required(new):
        return "the running code still inserts rows without it"
    if (new.max_length or 0) < (old.max_length or 0):
        return "the running code still writes longer values"
    return "the running code still writes duplicate values" if new.unique and not old.unique else ""
