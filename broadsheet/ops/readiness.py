"""Whether this site can do all of its work, and what its owner should look at."""

import datetime as dt
import shutil
import socket
import ssl
from collections.abc import Callable, Iterator
from typing import NamedTuple
from urllib.parse import urlsplit

from django.conf import settings
from django.core.cache import cache
from django.db import DatabaseError, connection
from django.utils import timezone
from django_ox.stats import oldest_ready_age

from broadsheet.ops import preparation
from broadsheet.ops.backup.history import last_backup, last_failure, last_proven

#: Bytes that must be free where the data is, and how many are a reason to look at it.
LEAST, LITTLE = 50_000_000, 1_000_000_000
#: How long a job may wait, a certificate must still hold, and how old a backup may be.
WAIT, NOTICE, DAILY = dt.timedelta(minutes=10), dt.timedelta(days=14), dt.timedelta(hours=36)
_CERTIFICATE = "ops.certificate"


class Check(NamedTuple):
    """What was looked at; where it is not ready, nobody should be sent here.

    `value` is its figure for metrics, in bytes, seconds or a Unix time.
    """

    name: str
    is_well: bool
    says: str
    is_ready: bool = True
    value: float = 0


def needs() -> list[Check]:
    """Look at what requests need: little, for it is asked every few seconds."""
    found = [disk()]
    try:
        found += [database(), migrations()]
    except DatabaseError as error:
        found.append(Check("database", is_well=False, says=_line(error), is_ready=False))
    return found


def checks() -> list[Check]:
    """Look at everything; what needs the database, where that can be asked."""
    found = needs()
    return [*found, *(look() for look in _LATER)] if is_ready(found) else found


def is_ready(found: list[Check]) -> bool:
    """Return whether requests should be sent here."""
    return all(check.is_ready for check in found)


def disk() -> Check:
    """Look at the room that is left for data."""
    free = shutil.disk_usage(settings.DATA).free
    return Check("disk", free >= LITTLE, f"{free // 1_000_000:,} MB are free", free >= LEAST, free)


def database() -> Check:
    """Ask the database something. Raises DatabaseError where it does not answer."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return Check("database", is_well=True, says="it answers")


def migrations() -> Check:
    """Look for migrations that the database has not seen."""
    count = preparation.pending_migrations()
    return Check("migrations", not count, f"{count} are to be run", not count, count)


def queue() -> Check:
    """Look for how long the oldest job has waited that could be done."""
    age = oldest_ready_age() or dt.timedelta()
    says = f"the oldest job has waited for {_spelt(age)}"
    return Check("queue", age <= WAIT, says, value=age.total_seconds())


def backup() -> Check:
    """Look at the last backup."""
    failed, last = last_failure(), last_backup()
    at = last.finished_at.timestamp() if last else 0
    if failed:
        return Check("backup", is_well=False, says=f"it failed: {failed.error}", value=at)
    if last is None:
        return Check("backup", not settings.BACKUP_TARGET, "there is none")
    age = timezone.now() - last.finished_at
    is_late = settings.BACKUP_TARGET and age > DAILY
    return Check("backup", not is_late, f"the last is {_spelt(age)} old", value=at)


def proof() -> Check:
    """Look at when a backup was last restored for trial."""
    last = last_proven()
    if last is None or last.proven_at is None:
        return Check("proof", is_well=True, says="no backup was restored for trial yet")
    age = timezone.now() - last.proven_at
    says = f"the last restore for trial was {_spelt(age)} ago"
    return Check("proof", is_well=True, says=says, value=last.proven_at.timestamp())


def certificate() -> Check:
    """Look at what the worker last saw of the site's certificate."""
    if not settings.HTTPS:
        return Check("certificate", is_well=True, says="this site has none")
    seen = cache.get(_CERTIFICATE)
    if seen is None:
        return Check("certificate", is_well=True, says="the worker has not looked yet")
    if isinstance(seen, str):
        return Check("certificate", is_well=False, says=seen)
    left = dt.datetime.fromtimestamp(seen, dt.UTC) - timezone.now()
    return Check("certificate", left > NOTICE, f"it holds for {_spelt(left)}", value=seen)


def replica() -> Check:
    """Look at how far the copy of the database is behind."""
    if not settings.REPLICA_URL:
        return Check("replica", is_well=True, says="this site has none")
    from broadsheet.ops.replica import lag  # noqa: PLC0415 - for those who have one

    try:
        seconds = lag.lag()
    except lag.Behind as behind:
        return Check("replica", is_well=False, says=str(behind), value=lag.PATIENCE)
    return Check("replica", is_well=True, says="it has all that was written", value=seconds)


_LATER: list[Callable[[], Check]] = [queue, backup, proof, replica, certificate]


def look_at_certificate() -> None:
    """Ask the site for its certificate as a reader's browser would, and remember what came."""
    if not settings.HTTPS:
        return
    site = urlsplit(settings.SITE_URL)
    host, port = str(site.hostname), site.port or 443
    try:
        with (
            socket.create_connection((host, port), timeout=10) as plain,
            ssl.create_default_context().wrap_socket(plain, server_hostname=host) as line,
        ):
            said = line.getpeercert() or {}
            seen: float | str = ssl.cert_time_to_seconds(str(said["notAfter"]))
    except (OSError, KeyError, ValueError) as error:
        seen = f"{host}, port {port}: {_line(error)}"
    cache.set(_CERTIFICATE, seen, timeout=None)


def _spelt(span: dt.timedelta) -> str:
    """Return a span in the two largest units that say something."""
    seconds = max(0, int(span.total_seconds()))
    return " ".join([*_parts(seconds)][:2]) or "0 s"


def _parts(seconds: int) -> Iterator[str]:
    for unit, length in (("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1)):
        count, seconds = divmod(seconds, length)
        if count:
            yield f"{count} {unit}"


def _line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:300]
