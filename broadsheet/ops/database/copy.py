"""The whole of a move, each step of which can be interrupted and done again."""

import sqlite3
from contextlib import ExitStack, closing

import environ
import psycopg

from broadsheet.ops.database import progress as notes
from broadsheet.ops.database import target_commands
from broadsheet.ops.database.copy_rows import copy_table
from broadsheet.ops.database.errors import CopyError
from broadsheet.ops.database.postgresql import PostgreSQL
from broadsheet.ops.database.progress import Journal
from broadsheet.ops.database.progress_bar import Meter, Say
from broadsheet.ops.database.protocols import Source, Target
from broadsheet.ops.database.sqlite import SQLite
from broadsheet.ops.database.tables import Table, needed_migrations, tables
from broadsheet.ops.database.verify import check, is_done


def copy_database(source: str, target: str, say: Say) -> None:
    """Copy the site in the database at `source` into the empty one at `target`.

    Both are addresses as in DATABASE_URL. The source is only read. A target in which an earlier
    call was interrupted is completed. Raises CopyError; then the target is not to be used.
    """
    try:
        _copy(source, target, say)
    except (psycopg.Error, sqlite3.Error) as error:
        said = str(error).strip().partition("\n")[0].rstrip(".")
        raise CopyError(f"A database gave up: {said}. The same command again goes on.") from error


def _copy(source: str, target: str, say: Say) -> None:
    with ExitStack() as open_:
        old = open_.enter_context(closing(_opened(source, "ro")))
        _check_version(old)
        new = open_.enter_context(closing(_opened(target, "rwc")))
        if new.is_same(old):
            raise CopyError("Both addresses are the same database.")
        if not new.lock():
            raise CopyError("Another move into this database is under way.")
        known = [table for table in tables() if table.name in old.names()]
        # A move that is killed after its last commit could not say that it was done.
        if notes.NAME not in new.names() and is_done(old, new, known):
            say("Nothing is left to do.")
            return
        journal = _journal(old, new, say)
        old.look()
        if journal.said("mend") is None:
            say("Making the tables …")
            target_commands.run(target, "migrate", "--verbosity=0")
            _set_aside(new, journal, known)
        _copy_rows(old, new, journal, known, say)
        _mend(new, journal, say)
        new.finish(known)
        say("Making the search index anew …")
        target_commands.run(
            target, "migrate", "--verbosity=0"
        )  # its triggers, and no page outlives the move
        say(target_commands.run(target, "reindex"))
        journal.end()


def has_other_connections(address: str) -> bool:
    """Whether others are connected to the PostgreSQL database at `address`, as far as is known."""
    try:
        with closing(PostgreSQL(address)) as database:
            return database.has_other_connections()
    except (CopyError, psycopg.Error):
        return False  # which copying says in full


def _opened(address: str, mode: str) -> Target:
    if address.startswith(("postgres://", "postgresql://")):
        return PostgreSQL(address)
    if address.startswith("sqlite://"):
        return SQLite(environ.Env.db_url_config(address)["NAME"], mode)
    raise CopyError(f"{address.partition(':')[0]} is neither sqlite:/// nor postgresql://.")


def _check_version(source: Source) -> None:
    if "django_migrations" not in source.names():
        raise CopyError(f"{source.place} holds no site.")
    applied = set(source.execute("SELECT app, name FROM django_migrations"))
    needed = needed_migrations()
    if needed - applied:
        raise CopyError(
            "The old database is of an earlier version: run `broadsheet migrate` on it first."
        )
    if applied - needed:
        raise CopyError("The old database is of a later version: update Broadsheet first.")


def _journal(source: Source, target: Target, say: Say) -> Journal:
    """Return the journal of the target, which must be empty or hold a move from this source."""
    names = target.names()
    if notes.NAME not in names:
        if names:
            raise CopyError(f"{target.place} is not empty. Move into a new, empty database.")
        try:
            return Journal.begin(target, source.place)
        except Exception as error:
            said = str(error).strip().partition("\n")[0]
            raise CopyError(f"{target.place} cannot be written: {said}.") from error
    journal = Journal(target)
    if journal.said("source") != source.place:
        raise CopyError(
            f"{target.place} holds a move from {journal.said('source')} that is not done."
        )
    say("Going on with the move that was interrupted.")
    return journal


def _set_aside(target: Target, journal: Journal, known: list[Table]) -> None:
    with target.transaction():
        drop, mend = target.aside(known)
        for sql in drop:
            target.execute(sql)
        journal.note("mend", mend)


def _copy_rows(
    source: Source, target: Target, journal: Journal, known: list[Table], say: Say
) -> None:
    counts = {table.name: _count(source, table) for table in known}
    there = sum(journal.progress(table).rows for table in known)
    meter = Meter(say, "Copying", sum(counts.values()) - there)
    for table in known:
        copy_table(source, target, journal, table, meter)
    meter.end()
    meter = Meter(say, "Checking", sum(counts.values()))
    check(source, target, journal, known, meter)
    meter.end()


def _count(source: Source, table: Table) -> int:
    return int(source.execute(f'SELECT count(*) FROM "{table.name}"')[0][0])  # noqa: S608 - its name


def _mend(target: Target, journal: Journal, say: Say) -> None:
    """Put back indexes, references and triggers, each with the note that it is there again."""
    mend = journal.said("mend")
    if mend:
        say(f"Making {len(mend)} indexes and constraints …")
    while mend:
        with target.transaction():
            target.execute(mend[0])
            mend = mend[1:]
            journal.note("mend", mend)
