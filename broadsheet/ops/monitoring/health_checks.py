"""Whether this site can do all of its work, and what its owner should look at."""

import datetime as dt
import logging
import shutil
import socket
import ssl
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from django.conf import settings
from django.core.cache import cache, caches
from django.db import Error, connection
from django.db.migrations.recorder import MigrationRecorder
from django.db.models import Min
from django.utils import timezone
from django_ox.stats import oldest_ready_age

from broadsheet.lib.counting import Redis
from broadsheet.mail.models import OutgoingMessage
from broadsheet.ops.backup import storages
from broadsheet.ops.backup.history import last_backup, last_failure, last_proven
from broadsheet.ops.database import migration_plan
from broadsheet.ops.monitoring import heartbeat
from broadsheet.posts.models import Post

logger = logging.getLogger(__name__)

#: Bytes that must be free where the data is, and how many are a reason to look at it.
LEAST, LITTLE = 50_000_000, 1_000_000_000
#: How long a job may wait, a certificate must still hold, and how old a backup may be.
WAIT, NOTICE, DAILY = dt.timedelta(minutes=10), dt.timedelta(days=14), dt.timedelta(hours=36)
#: How long after its time a scheduled post is late: a worker looks every second.
LATE = dt.timedelta(minutes=1)
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
    except Error as error:
        found.append(Check("database", is_well=False, says=_line(error), is_ready=False))
    return found


def checks() -> list[Check]:
    """Look at everything; what needs the database, where that can be asked."""
    found = needs()
    return [*found, *map(_looked, _LATER)] if is_ready(found) else found


def _looked(look: Callable[[], Check]) -> Check:
    """Return what was seen; what cannot be looked at, Redis being away, hides nothing else."""
    try:
        return look()
    except Exception as error:
        logger.exception("%s cannot be looked at.", look.__name__)
        return Check(look.__name__, is_well=False, says=f"cannot be looked at: {_line(error)}")


def is_ready(found: list[Check]) -> bool:
    """Return whether requests should be sent here."""
    return all(check.is_ready for check in found)


def disk() -> Check:
    """Look at the room that is left for data, and whether the disk takes anything."""
    free = shutil.disk_usage(settings.DATA).free
    try:
        with tempfile.TemporaryFile(dir=settings.DATA) as file:
            file.write(bytes(4_096))
    except OSError as error:
        says = f"it takes nothing: {error.strerror or error}"
        return Check("disk", is_well=False, says=says, is_ready=False, value=free)
    return Check("disk", free >= LITTLE, f"{free // 1_000_000:,} MB are free", free >= LEAST, free)


def database() -> Check:
    """Ask the database something. Raises Error where it does not answer."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return Check("database", is_well=True, says="it answers")


def migrations() -> Check:
    """Look for migrations that the database has not seen."""
    count = migration_plan.pending_migrations()
    return Check("migrations", not count, f"{count} are to be run", not count, count)


def queue() -> Check:
    """Look for how long the oldest job has waited that could be done."""
    age = oldest_ready_age() or dt.timedelta()
    says = f"the oldest job has waited for {_spelt(age)}"
    return Check("queue", age <= WAIT, says, value=age.total_seconds())


def worker() -> Check:
    """Look for a background worker's sign of life."""
    age = heartbeat.last_seen()
    if age is None:
        return Check("worker", is_well=False, says="no background worker gave a sign of life today")
    says = f"the last sign of life was {_spelt(age)} ago"
    return Check("worker", age <= heartbeat.PATIENCE, says, value=age.total_seconds())


def scheduled() -> Check:
    """Look for scheduled posts that are not public although their time has come."""
    now = timezone.now()
    late = Post.objects.due(now - LATE).order_by("pub_date")
    first = late.first()
    if first is None or first.pub_date is None:
        return Check("scheduled", is_well=True, says="no scheduled post is late")
    age = now - first.pub_date
    says = f"{late.count()} late, for {_spelt(age)}: {first.title}"
    return Check("scheduled", is_well=False, says=says, value=age.total_seconds())


def mail() -> Check:
    """Look for mails that wait for long, and for those that were given up since one was sent."""
    now, messages = timezone.now(), OutgoingMessage.objects
    oldest = messages.waiting().order_by("created_at").first()
    age = now - oldest.created_at if oldest else dt.timedelta()
    if oldest and age > WAIT:
        says = f"{messages.waiting().count()} wait, the first for {_spelt(age)}: {oldest.error}"
        return Check("mail", is_well=False, says=says, value=age.total_seconds())
    sent = messages.filter(status=OutgoingMessage.Status.SENT).order_by("-closed_at").first()
    since = now - dt.timedelta(days=1)
    if sent and sent.closed_at:
        since = max(since, sent.closed_at)
    failed = messages.filter(status=OutgoingMessage.Status.FAILED, closed_at__gt=since)
    if failed:
        says = f"{len(failed)} could not be sent: {failed[0].error}"
        return Check("mail", is_well=False, says=says)
    says = "none was sent yet"
    if sent and sent.closed_at:
        says = f"the last was sent {_spelt(now - sent.closed_at)} ago"
    return Check("mail", is_well=True, says=says, value=age.total_seconds())


def backup() -> Check:
    """Look at the last backup."""
    is_daily = settings.BACKUP_AT != "never"
    failed, last = last_failure(), last_backup()
    at = last.finished_at.timestamp() if last else 0
    if failed:
        return Check("backup", is_well=False, says=f"it failed: {failed.error}", value=at)
    if last is None and not is_daily:
        return Check("backup", is_well=True, says="there is none, and none is made daily")
    if last is None:
        is_new = timezone.now() - _set_up_at() <= DAILY
        says = f"there is none yet; the worker makes one at {settings.BACKUP_AT}"
        return Check("backup", is_well=is_new, says=says)
    age = timezone.now() - last.finished_at
    says = f"the last is {_spelt(age)} old, in {last.target}"
    if storages.is_on_same_disk(Path(last.target), settings.DATA):
        says += ", on the same disk as the site: see BROADSHEET_BACKUP_TARGET"
    return Check("backup", not (is_daily and age > DAILY), says, value=at)


def _set_up_at() -> dt.datetime:
    applied = MigrationRecorder.Migration.objects.aggregate(first=Min("applied"))["first"]
    return applied or timezone.now()


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


def redis() -> Check:
    """Ask Redis something, where limits are counted in it."""
    if not isinstance(backend := caches["default"], Redis):
        return Check("redis", is_well=True, says="this site has none")
    if backend.answers():
        return Check("redis", is_well=True, says="it answers")
    return Check("redis", is_well=False, says="it takes no writes: each process counts by itself")


def replica() -> Check:
    """Look at how far the copy of the database is behind."""
    if not settings.REPLICA_URL:
        return Check("replica", is_well=True, says="this site has none")
    from broadsheet.ops.litestream import lag  # noqa: PLC0415 - for those who have one

    try:
        seconds = lag.lag()
    except lag.Behind as behind:
        return Check("replica", is_well=False, says=str(behind), value=lag.PATIENCE)
    return Check("replica", is_well=True, says="it has all that was written", value=seconds)


_LATER: list[Callable[[], Check]] = [
    worker,
    scheduled,
    queue,
    mail,
    backup,
    proof,
    redis,
    replica,
    certificate,
]


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
