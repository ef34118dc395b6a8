"""Comparing every row of source and target after the copy."""

from collections.abc import Iterator
from itertools import zip_longest

from broadsheet.ops.database import CopyError
from broadsheet.ops.database.normalize import Checksum, Row
from broadsheet.ops.database.progress import CopyJournal, TableProgress
from broadsheet.ops.database.progress_bar import ProgressBar
from broadsheet.ops.database.protocols import CopySource, CopyTarget
from broadsheet.ops.database.tables import CopyTable

_REPORT_EVERY = 1_000  # rows between two updates of the progress bar


def verify_rows(
    source: CopySource,
    target: CopyTarget,
    journal: CopyJournal,
    tables: list[CopyTable],
    progress_bar: ProgressBar,
) -> None:
    """Compare all rows with the current ones of the source.

    Raises CopyError with the table and the first row that differs. If the source was changed during
    the copy, the next run copies the tables that differ again.
    """
    source.begin_snapshot()
    changed: list[str] = []
    for table in tables:
        differing, checksum = _compare(source, target, table, progress_bar)
        if differing is None:
            continue
        if checksum == journal.progress(table).checksum:
            raise CopyError(
                f"{table.name}, row {differing}, differs in the new database: something else "
                "wrote to it. Start again with an empty database."
            )
        changed.append(f"{table.name} (first row {differing})")
        with target.transaction():
            target.execute(f'DELETE FROM "{table.name}"')  # noqa: S608 - its name
            journal.set_progress(table, TableProgress())
    if changed:
        raise CopyError(
            f"The old database was written meanwhile: {', '.join(changed)}. Stop the site and run"
            " the same command again: only these tables are copied again."
        )


def is_complete(source: CopySource, target: CopyTarget, tables: list[CopyTable]) -> bool:
    """Return whether the target already has every row of the source, and no other."""
    if not {"django_migrations", *(table.name for table in tables)} <= target.table_names():
        return False
    applied = "SELECT app, name FROM django_migrations"
    if set(source.execute(applied)) != set(target.execute(applied)):
        return False
    source.begin_snapshot()
    target.begin_snapshot()
    is_equal = all(old == new for table in tables for old, new in _pairs(source, target, table))
    target.execute("ROLLBACK")
    return is_equal


def _compare(
    source: CopySource, target: CopyTarget, table: CopyTable, progress_bar: ProgressBar
) -> tuple[object, str]:
    """Return the key of the first row that differs, if any, and the checksum of the source."""
    checksum = Checksum()
    differing: object = None
    target.begin_snapshot()
    at = 0
    for at, (old, new) in enumerate(_pairs(source, target, table), start=1):
        if old is not None:
            checksum.add(old)
        if differing is None and old != new:
            differing = min(row[0] for row in (old, new) if row is not None)
        if at % _REPORT_EVERY == 0:
            progress_bar.add(table.name, _REPORT_EVERY)
    progress_bar.add(table.name, at % _REPORT_EVERY)
    target.execute("ROLLBACK")
    return differing, str(checksum)


def _pairs(
    source: CopySource, target: CopyTarget, table: CopyTable
) -> Iterator[tuple[Row | None, Row | None]]:
    return zip_longest(source.rows(table), target.rows(table))
