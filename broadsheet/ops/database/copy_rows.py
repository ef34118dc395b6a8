"""Copying rows, in batches that are committed with the note of how far they go."""

from collections.abc import Iterable, Iterator

from broadsheet.ops.database.errors import CopyError
from broadsheet.ops.database.normalize import Checksum, Row
from broadsheet.ops.database.progress import Journal
from broadsheet.ops.database.progress_bar import Meter
from broadsheet.ops.database.protocols import Source, Target
from broadsheet.ops.database.tables import Table

#: A transaction's rows, and the signs of text after which it ends before it has so many.
_MOST_ROWS, _MOST_SIGNS = 2_000, 16_000_000


def copy_table(
    source: Source, target: Target, journal: Journal, table: Table, meter: Meter
) -> None:
    """Copy the rows of a table that are not there yet. Raises CopyError for one it cannot store."""
    progress = journal.progress(table)
    if progress.is_whole:
        return
    checksum = Checksum(progress.checksum)
    for batch in _batches(source.rows(table, progress.after)):
        for row in batch:
            checksum.add(row)
        progress.after = batch[-1][0]
        progress.rows += len(batch)
        progress.checksum = str(checksum)
        with target.transaction():
            _write(target, table, batch)
            journal.note_progress(table, progress)
        meter.count(table.name, len(batch))
    progress.is_whole = True
    progress.checksum = str(checksum)
    journal.note_progress(table, progress)


def _batches(rows: Iterable[Row]) -> Iterator[list[Row]]:
    batch: list[Row] = []
    signs = 0
    for row in rows:
        batch.append(row)
        signs += sum(len(value) for value in row if isinstance(value, str))
        if len(batch) == _MOST_ROWS or signs > _MOST_SIGNS:
            yield batch
            batch, signs = [], 0
    if batch:
        yield batch


def _write(target: Target, table: Table, rows: list[Row]) -> None:
    """Add rows; of those that cannot be stored, find the first and refuse it by its key."""
    try:
        with target.transaction():
            target.write(table, rows)
    except target.unstorable as error:
        if len(rows) > 1:
            half = len(rows) // 2
            _write(target, table, rows[:half])
            _write(target, table, rows[half:])
            return
        reason = str(error).strip().partition("\n")[0].rstrip(".")
        raise CopyError(
            f"{table.name}, row {rows[0][0]}, cannot be stored in the new database: {reason}."
            " Mend it in the old one and run the same command again: it goes on from there."
        ) from error
