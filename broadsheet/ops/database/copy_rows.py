"""Copying rows in batches; each is committed together with the progress."""

from collections.abc import Iterable, Iterator

from broadsheet.ops.database import CopyError
from broadsheet.ops.database.normalize import Checksum, Row
from broadsheet.ops.database.progress import CopyJournal
from broadsheet.ops.database.progress_bar import ProgressBar
from broadsheet.ops.database.protocols import CopySource, CopyTarget
from broadsheet.ops.database.tables import CopyTable

#: At most this many rows, and roughly this many characters, per transaction.
_MAX_ROWS, _MAX_CHARACTERS = 2_000, 16_000_000


def copy_table(
    source: CopySource,
    target: CopyTarget,
    journal: CopyJournal,
    table: CopyTable,
    progress_bar: ProgressBar,
) -> None:
    """Copy the remaining rows of a table. Raises CopyError for one that cannot be stored."""
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
            journal.set_progress(table, progress)
        progress_bar.add(table.name, len(batch))
    progress.is_whole = True
    progress.checksum = str(checksum)
    journal.set_progress(table, progress)


def _batches(rows: Iterable[Row]) -> Iterator[list[Row]]:
    batch: list[Row] = []
    characters = 0
    for row in rows:
        batch.append(row)
        characters += sum(len(value) for value in row if isinstance(value, str))
        if len(batch) == _MAX_ROWS or characters > _MAX_CHARACTERS:
            yield batch
            batch, characters = [], 0
    if batch:
        yield batch


def _write(target: CopyTarget, table: CopyTable, rows: list[Row]) -> None:
    """Insert rows. If one cannot be stored, find it by bisection and name it in a CopyError."""
    try:
        with target.transaction():
            target.insert(table, rows)
    except target.data_errors as error:
        if len(rows) > 1:
            half = len(rows) // 2
            _write(target, table, rows[:half])
            _write(target, table, rows[half:])
            return
        reason = str(error).strip().partition("\n")[0].rstrip(".")
        raise CopyError(
            f"{table.name}, row {rows[0][0]}, cannot be stored in the new database: {reason}. "
            "Fix it in the old database and run the same command again to resume."
        ) from error
