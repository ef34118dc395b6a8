"""Looking at every row on both sides, after all of them were copied."""

from collections.abc import Iterator
from itertools import zip_longest

from broadsheet.ops.database.errors import CopyError
from broadsheet.ops.database.normalize import Checksum, Row
from broadsheet.ops.database.progress import Journal, Progress
from broadsheet.ops.database.progress_bar import Meter
from broadsheet.ops.database.protocols import Source, Target
from broadsheet.ops.database.tables import Table

_SLICE = 1_000  # rows between two words of the meter


def check(
    source: Source, target: Target, journal: Journal, tables: list[Table], meter: Meter
) -> None:
    """Compare all rows with those of the source as it is now.

    Raises CopyError with the table and the first row that differs. Where the source was written
    meanwhile, its tables that differ will be copied anew by the next run.
    """
    source.look()
    written: list[str] = []
    for table in tables:
        differing, checksum = _compare(source, target, table, meter)
        if differing is None:
            continue
        if checksum == journal.progress(table).checksum:
            raise CopyError(
                f"{table.name}, row {differing}, is not the same in the new database: something"
                " else has written there. Begin again with an empty one."
            )
        written.append(f"{table.name} (first row {differing})")
        with target.transaction():
            target.execute(f'DELETE FROM "{table.name}"')  # noqa: S608 - its name
            journal.note_progress(table, Progress())
    if written:
        raise CopyError(
            f"The old database was written meanwhile: {', '.join(written)}. Stop the site and run"
            " the same command again: only these tables are copied anew."
        )


def is_done(source: Source, target: Target, tables: list[Table]) -> bool:
    """Whether every row is there already, and no other. The first that differs ends the looking."""
    if not {"django_migrations", *(table.name for table in tables)} <= target.names():
        return False
    applied = "SELECT app, name FROM django_migrations"
    if set(source.execute(applied)) != set(target.execute(applied)):
        return False
    source.look()
    target.look()
    done = all(old == new for table in tables for old, new in _pairs(source, target, table))
    target.execute("ROLLBACK")
    return done


def _compare(source: Source, target: Target, table: Table, meter: Meter) -> tuple[object, str]:
    """Return the key of the first row that differs, if any, and the checksum of the source."""
    checksum = Checksum()
    differing: object = None
    target.look()
    at = 0
    for at, (old, new) in enumerate(_pairs(source, target, table), start=1):
        if old is not None:
            checksum.add(old)
        if differing is None and old != new:
            differing = min(row[0] for row in (old, new) if row is not None)
        if at % _SLICE == 0:
            meter.count(table.name, _SLICE)
    meter.count(table.name, at % _SLICE)
    target.execute("ROLLBACK")
    return differing, str(checksum)


def _pairs(source: Source, target: Target, table: Table) -> Iterator[tuple[Row | None, Row | None]]:
    return zip_longest(source.rows(table), target.rows(table))
