"""The tables to copy: the tables of all models, and the cache table."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.apps import apps
from django.db import models
from django.db.migrations.loader import MigrationLoader

#: Recreated in the target: the change log, the CDN's position in it, migrations.
NOT_COPIED = frozenset({"pagecache_change", "ops_told", "django_migrations"})


@dataclass(frozen=True, slots=True)
class CopyTable:
    """Name, columns and field types of a table; the first column is the primary key."""

    name: str
    columns: tuple[str, ...]
    kinds: tuple[str, ...]

    @property
    def has_text_key(self) -> bool:
        """Whether the key is text, which databases may order by a collation instead of by bytes."""
        return self.kinds[0] == "CharField"

    @property
    def auto_column(self) -> str:
        """The auto-increment column; empty if there is none."""
        return self.columns[0] if self.kinds[0].endswith("AutoField") else ""


_CACHE = CopyTable(
    "cache", ("cache_key", "value", "expires"), ("CharField", "TextField", "DateTimeField")
)


def copied_tables() -> list[CopyTable]:
    """Return every table to copy, referenced tables first."""
    return [*_sorted_tables(), _CACHE]


def needed_migrations() -> set[tuple[str, str]]:
    """Return app and name of every migration of this version."""
    return set(MigrationLoader(None).disk_migrations)


def _sorted_tables() -> Iterator[CopyTable]:
    remaining = {
        model._meta.db_table: model  # noqa: SLF001 - Django's documented interface
        for model in apps.get_models(include_auto_created=True)
        if model._meta.managed and model._meta.db_table not in NOT_COPIED  # noqa: SLF001
    }
    while remaining:
        ready = [
            name for name, model in remaining.items() if not _references(model) & set(remaining)
        ]
        for name in ready or list(remaining):  # a cycle: constraints are created after the copy
            yield _table(remaining.pop(name))


def _references(model: type[models.Model]) -> set[str]:
    own = model._meta  # noqa: SLF001
    related = {field.related_model for field in own.concrete_fields if field.is_relation}
    return {other._meta.db_table for other in related if isinstance(other, type)} - {own.db_table}  # noqa: SLF001


def _table(model: type[models.Model]) -> CopyTable:
    fields = sorted(model._meta.concrete_fields, key=lambda field: not field.primary_key)  # noqa: SLF001
    columns = tuple(str(field.column) for field in fields)
    return CopyTable(model._meta.db_table, columns, tuple(map(_field_type, fields)))  # noqa: SLF001


def _field_type(field: "models.Field[object, object]") -> str:
    internal_type = field.get_internal_type()
    while isinstance(field, models.ForeignKey):
        field = field.target_field
        internal_type = (
            field.get_internal_type().replace("BigAuto", "BigInteger").replace("Auto", "Integer")
        )
    return internal_type
