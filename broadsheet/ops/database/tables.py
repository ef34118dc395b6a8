"""What is copied: the table of every model, and that of the cache."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.apps import apps
from django.db import models
from django.db.migrations.loader import MigrationLoader

#: Made anew in the target: the log of changes, how far the CDN was told of it, the search index.
MADE_ANEW = frozenset({"pagecache_change", "ops_told", "django_migrations"})


@dataclass(frozen=True, slots=True)
class Table:
    """A table's name, its columns and the kinds of their fields; the first is the primary key."""

    name: str
    columns: tuple[str, ...]
    kinds: tuple[str, ...]

    @property
    def has_text_key(self) -> bool:
        """Whether rows go by text, which databases may put in other orders than bytes have."""
        return self.kinds[0] == "CharField"

    @property
    def counter(self) -> str:
        """The column that the database counts up by itself; empty where there is none."""
        return self.columns[0] if self.kinds[0].endswith("AutoField") else ""


_CACHE = Table(
    "cache", ("cache_key", "value", "expires"), ("CharField", "TextField", "DateTimeField")
)


def tables() -> list[Table]:
    """Return every table whose rows are the site's, what others refer to first."""
    return [*_in_order(), _CACHE]


def needed_migrations() -> set[tuple[str, str]]:
    """Return the room and the name of every migration that this version has."""
    return set(MigrationLoader(None).disk_migrations)


def _in_order() -> Iterator[Table]:
    waiting = {
        model._meta.db_table: model  # noqa: SLF001 - Django's documented interface
        for model in apps.get_models(include_auto_created=True)
        if model._meta.managed and model._meta.db_table not in MADE_ANEW  # noqa: SLF001
    }
    while waiting:
        ready = [name for name, model in waiting.items() if not _needs(model) & set(waiting)]
        for name in ready or list(waiting):  # those in a circle, for which constraints wait
            yield _of(waiting.pop(name))


def _needs(model: type[models.Model]) -> set[str]:
    own = model._meta  # noqa: SLF001
    related = {field.related_model for field in own.concrete_fields if field.is_relation}
    return {other._meta.db_table for other in related if isinstance(other, type)} - {own.db_table}  # noqa: SLF001


def _of(model: type[models.Model]) -> Table:
    fields = sorted(model._meta.concrete_fields, key=lambda field: not field.primary_key)  # noqa: SLF001
    columns = tuple(str(field.column) for field in fields)
    return Table(model._meta.db_table, columns, tuple(map(_kind, fields)))  # noqa: SLF001


def _kind(field: "models.Field[object, object]") -> str:
    counted = field.get_internal_type()
    while isinstance(field, models.ForeignKey):
        field = field.target_field
        counted = (
            field.get_internal_type().replace("BigAuto", "BigInteger").replace("Auto", "Integer")
        )
    return counted
