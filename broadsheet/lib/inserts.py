"""Rows that are added by SQL which is written once: for reading see `prepared`."""

from collections.abc import Sequence

from django.db import connection
from django.db.models import AutoField, Model
from django.db.models.constants import OnConflict
from django.db.models.sql import InsertQuery


class Insert[M: Model]:
    """Adds rows of a model, as `bulk_create` does.

    Where the primary key is there already, the fields `replacing` are set instead, if any are
    named. A key that the database counts is not read back.
    """

    def __init__(self, model: type[M], *, replacing: Sequence[str] = ()) -> None:
        self._model = model
        self._replacing = replacing
        self._sql: dict[str, str] = {}
        meta = model._meta  # noqa: SLF001 - Django's documented interface
        self._fields = [f for f in meta.concrete_fields if not isinstance(f, AutoField)]

    def __call__(self, *rows: M) -> None:
        """Add `rows`, in the caller's transaction. Raises IntegrityError."""
        if not rows:
            return
        sql = self._sql.get(connection.vendor) or self._write()
        params = [
            [f.get_db_prep_save(f.pre_save(row, add=True), connection) for f in self._fields]
            for row in rows
        ]
        with connection.cursor() as cursor:
            cursor.executemany(sql, params)
        for row in rows:
            row._state.adding = False  # noqa: SLF001 - Django's documented interface
            row._state.db = connection.alias  # noqa: SLF001 - likewise

    def _write(self) -> str:
        """Return the SQL as Django writes it for one row."""
        meta = self._model._meta  # noqa: SLF001 - likewise
        replacing = [meta.get_field(name) for name in self._replacing]
        query = InsertQuery(
            self._model,
            on_conflict=OnConflict.UPDATE if replacing else None,
            update_fields=replacing,
            unique_fields=[meta.pk] if replacing else [],
        )
        query.insert_values(self._fields, [self._model()], raw=False)
        [(sql, _params)] = query.get_compiler(connection=connection).as_sql()
        return self._sql.setdefault(connection.vendor, str(sql))
