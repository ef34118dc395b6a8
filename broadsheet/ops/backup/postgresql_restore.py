"""Restore of PostgreSQL in one transaction: the current tables move to a separate schema, and those
of the archive take their place.
"""

import subprocess
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, cast

from django.db import connection

from broadsheet.lib.parent_death_signal import end_with_parent
from broadsheet.ops.backup import BackupError, postgresql
from broadsheet.ops.backup.postgresql import REPLACED, last_line

_TEMPORARY = "broadsheet_aside"
_LOCK = 0x726573746F7265  # advisory lock, any number; held for the whole transaction
#: Moves everything in one schema to another, except what belongs to an extension.
_MOVE = """
DO $move$ DECLARE command text; BEGIN
  FOR command IN
    SELECT format('ALTER TABLE %I.%I SET SCHEMA {to}', '{of}', relname) FROM pg_class c
      WHERE relnamespace = '{of}'::regnamespace AND relkind IN ('r', 'p', 'v', 'm')
      AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = c.oid AND deptype = 'e')
    UNION ALL
    SELECT format('ALTER ROUTINE %s SET SCHEMA {to}', p.oid::regprocedure) FROM pg_proc p
      WHERE pronamespace = '{of}'::regnamespace
      AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = p.oid AND deptype = 'e')
    UNION ALL
    SELECT format('ALTER TEXT SEARCH CONFIGURATION %I.%I SET SCHEMA {to}', '{of}', cfgname)
      FROM pg_ts_config WHERE cfgnamespace = '{of}'::regnamespace
    UNION ALL
    SELECT format('ALTER TEXT SEARCH DICTIONARY %I.%I SET SCHEMA {to}', '{of}', dictname)
      FROM pg_ts_dict d WHERE dictnamespace = '{of}'::regnamespace
      AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = d.oid AND deptype = 'e')
  LOOP EXECUTE command; END LOOP;
END $move$;
"""
_COUNT = """
DO $count$ DECLARE n bigint; BEGIN
  SELECT count(*) INTO n FROM public."{table}";
  IF n <> {rows} THEN RAISE 'the table {table} has % rows, not {rows}', n; END IF;
END $count$;
"""


def has_replaced() -> bool:
    """Return whether there is a schema of replaced tables."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regnamespace(%s) IS NOT NULL", [REPLACED])
        return bool(cursor.fetchone()[0])


def is_replaced_empty() -> bool:
    """Return whether the restore replaced no tables."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_tables WHERE schemaname = %s", [REPLACED])
        return bool(cursor.fetchone()[0] == 0)


def is_committed(moment: str) -> bool:
    """Return whether the transaction `moment` was committed; wait if it is still running."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [_LOCK])
        cursor.execute("SELECT obj_description(to_regnamespace(%s), 'pg_namespace')", [REPLACED])
        (comment,) = cursor.fetchone()
        cursor.execute("SELECT pg_advisory_unlock(%s)", [_LOCK])
        return bool(comment == moment)


def check_no_other_connections() -> None:
    """Raise BackupError while the same role has other connections to the database."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
            " AND usename = current_user AND pid <> pg_backend_pid()"
        )
        (others,) = cursor.fetchone()
    if others:
        raise BackupError(
            f"The database has {others} other connections. Stop the site on all its machines first."
        )


def load(dump: Path, rows: dict[str, int], moment: str) -> None:
    """Replace the current tables with the tables in `dump`. Raises BackupError."""
    before = f"CREATE SCHEMA {REPLACED};" + _MOVE.format(of="public", to=REPLACED)
    counts = "".join(_COUNT.format(table=table, rows=count) for table, count in rows.items())
    reset = "DELETE FROM public.ops_told;" if "ops_told" in rows else ""
    _run(before, dump, counts + reset, moment)


def swap(moment: str) -> None:
    """Swap the current tables with the replaced ones. Raises BackupError."""
    moves = [("public", _TEMPORARY), (REPLACED, "public")]
    script = f"CREATE SCHEMA {_TEMPORARY};" + "".join(_MOVE.format(of=a, to=b) for a, b in moves)
    _run(
        f"{script} DROP SCHEMA {REPLACED}; ALTER SCHEMA {_TEMPORARY} RENAME TO {REPLACED};",
        None,
        "",
        moment,
    )


def drop_replaced() -> None:
    """Drop the replaced tables."""
    with connection.cursor() as cursor:
        cursor.execute(f"DROP SCHEMA IF EXISTS {REPLACED} CASCADE")


def _run(before: str, dump: Path | None, after: str, moment: str) -> None:
    """Run all SQL by psql in one transaction; a comment on the replaced schema identifies it."""
    connection.close()
    command, variables = postgresql.command_with_connection(
        "psql", "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", "--output=/dev/null", "--file=-"
    )
    begin = "SET statement_timeout = 0; SET client_min_messages = warning; BEGIN;"
    begin += f" SELECT pg_advisory_xact_lock({_LOCK});"
    end = f"COMMENT ON SCHEMA {REPLACED} IS '{moment}'; COMMIT;"
    dump_error = ""
    with TemporaryFile() as errors:
        with (
            subprocess.Popen(  # noqa: S603
                command,
                env=variables,
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=errors,
                preexec_fn=end_with_parent,  # noqa: PLW1509 - only a system call
            ) as psql,
            suppress(BrokenPipeError),
        ):  # psql has ended; its output names the reason
            script = cast("IO[bytes]", psql.stdin)
            script.write(f"{begin} {before}\n".encode())
            dump_error = _feed(dump, script) if dump is not None else ""
            if not dump_error:  # else it ends without a COMMIT
                script.write(f"\n{after}\n{end}\n".encode())
            script.close()
        errors.seek(0)
        output = errors.read().decode()
    if psql.returncode or dump_error:
        reasons = [line for line in output.splitlines() if "ERROR:" in line or "FATAL:" in line]
        reason = (reasons or [dump_error or last_line(output)])[0]
        raise BackupError(f"PostgreSQL rejected the restore, and nothing was changed: {reason}")


def _feed(dump: Path, script: IO[bytes]) -> str:
    """Write `dump` as SQL to `script`; return the error message, if any."""
    script.flush()
    result = subprocess.run(  # noqa: S603
        [postgresql.program("pg_restore"), "--no-owner", "--no-privileges", "--file=-", str(dump)],
        stdout=script,
        stderr=subprocess.PIPE,
        check=False,
    )
    return f"pg_restore: {last_line(result.stderr.decode())}" if result.returncode else ""
