"""Copying a site between databases; resumable after an interruption at any step."""

import sqlite3
from contextlib import ExitStack, closing

import environ
import psycopg

from broadsheet.ops.database import CopyError, subprocess_commands
from broadsheet.ops.database.copy_postgresql import PostgreSQLDatabase
from broadsheet.ops.database.copy_rows import copy_table
from broadsheet.ops.database.copy_sqlite import SQLiteDatabase
from broadsheet.ops.database.progress import JOURNAL_TABLE, CopyJournal
from broadsheet.ops.database.progress_bar import ProgressBar, Say
from broadsheet.ops.database.protocols import CopySource, CopyTarget
from broadsheet.ops.database.tables import CopyTable, copied_tables, needed_migrations
from broadsheet.ops.database.verify import is_complete, verify_rows


def copy_database(source: str, target: str, say: Say) -> None:
    """Copy the site in the database at `source` into the empty one at `target`.

    Both are URLs as in DATABASE_URL. The source is only read. A copy that was interrupted is
    resumed. Raises CopyError; then the target must not be used.
    """
    try:
        _copy(source, target, say)
    except (psycopg.Error, sqlite3.Error) as error:
        message = str(error).strip().partition("\n")[0].rstrip(".")
        raise CopyError(
            f"Database error: {message}. Run the same command again to resume."
        ) from error


def _copy(source: str, target: str, say: Say) -> None:
    with ExitStack() as stack:
        old = stack.enter_context(closing(_open_database(source, "ro")))
        _check_version(old)
        new = stack.enter_context(closing(_open_database(target, "rwc")))
        if new.is_same(old):
            raise CopyError("Source and target are the same database.")
        if not new.lock():
            raise CopyError("Another move into this database is running. Wait until it is done.")
        tables = [table for table in copied_tables() if table.name in old.table_names()]
        # A copy that was killed after its last commit could not report that it was complete.
        if JOURNAL_TABLE not in new.table_names() and is_complete(old, new, tables):
            say("Everything is already copied.")
            return
        journal = _journal(old, new, say)
        old.begin_snapshot()
        if journal.get("recreate") is None:
            say("Creating the tables …")
            subprocess_commands.run(target, "migrate", "--verbosity=0")
            _drop_indexes(new, journal, tables)
        _copy_rows(old, new, journal, tables, say)
        _recreate_indexes(new, journal, say)
        new.finish(tables)
        say("Rebuilding the search index …")
        # Creates the index's triggers, and clears cached pages.
        subprocess_commands.run(target, "migrate", "--verbosity=0")
        say(subprocess_commands.run(target, "reindex"))
        journal.drop()


def has_other_connections(url: str) -> bool:
    """Return whether the PostgreSQL database at `url` has other connections, if it answers."""
    try:
        with closing(PostgreSQLDatabase(url)) as database:
            return database.has_other_connections()
    except (CopyError, psycopg.Error):
        return False  # copying will report the error


def _open_database(url: str, mode: str) -> CopyTarget:
    if url.startswith(("postgres://", "postgresql://")):
        return PostgreSQLDatabase(url)
    if url.startswith("sqlite://"):
        return SQLiteDatabase(environ.Env.db_url_config(url)["NAME"], mode)
    raise CopyError(f"{url.partition(':')[0]} is not supported. Use sqlite:/// or postgresql://.")


def _check_version(source: CopySource) -> None:
    if "django_migrations" not in source.table_names():
        raise CopyError(f"{source.location} does not contain a Broadsheet site.")
    applied = set(source.execute("SELECT app, name FROM django_migrations"))
    needed = needed_migrations()
    if needed - applied:
        raise CopyError(
            "The old database is from an earlier version. Run `broadsheet migrate` on it first."
        )
    if applied - needed:
        raise CopyError("The old database is from a later version. Update Broadsheet first.")


def _journal(source: CopySource, target: CopyTarget, say: Say) -> CopyJournal:
    """Return the journal of the target, which must be empty or a partial copy of this source."""
    names = target.table_names()
    if JOURNAL_TABLE not in names:
        if names:
            raise CopyError(f"{target.location} is not empty. Use a new, empty database.")
        try:
            return CopyJournal.begin(target, source.location)
        except Exception as error:
            message = str(error).strip().partition("\n")[0]
            raise CopyError(f"{target.location} cannot be written: {message}.") from error
    journal = CopyJournal(target)
    if journal.get("source") != source.location:
        raise CopyError(
            f"{target.location} has an unfinished move from {journal.get('source')}. "
            "Finish that one, or use another empty database."
        )
    say("Resuming the interrupted move.")
    return journal


def _drop_indexes(target: CopyTarget, journal: CopyJournal, tables: list[CopyTable]) -> None:
    with target.transaction():
        drop, recreate = target.indexes_sql(tables)
        for sql in drop:
            target.execute(sql)
        journal.set("recreate", recreate)


def _copy_rows(
    source: CopySource, target: CopyTarget, journal: CopyJournal, tables: list[CopyTable], say: Say
) -> None:
    counts = {table.name: _count(source, table) for table in tables}
    copied = sum(journal.progress(table).rows for table in tables)
    progress_bar = ProgressBar(say, "Copying", sum(counts.values()) - copied)
    for table in tables:
        copy_table(source, target, journal, table, progress_bar)
    progress_bar.end()
    progress_bar = ProgressBar(say, "Checking", sum(counts.values()))
    verify_rows(source, target, journal, tables, progress_bar)
    progress_bar.end()


def _count(source: CopySource, table: CopyTable) -> int:
    return int(source.execute(f'SELECT count(*) FROM "{table.name}"')[0][0])  # noqa: S608 - its name


def _recreate_indexes(target: CopyTarget, journal: CopyJournal, say: Say) -> None:
    """Recreate indexes, constraints and triggers; record each in the journal."""
    statements = journal.get("recreate")
    if statements:
        say(f"Creating {len(statements)} indexes and constraints …")
    while statements:
        with target.transaction():
            target.execute(statements[0])
            statements = statements[1:]
            journal.set("recreate", statements)
