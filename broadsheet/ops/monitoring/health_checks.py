"""Health checks: readiness for requests, and warnings for the owner."""

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

from broadsheet.mail.models import OutgoingMessage
from broadsheet.ops.backup import storages
from broadsheet.ops.database import migration_plan
from broadsheet.ops.models import Backup
from broadsheet.ops.monitoring import heartbeat
from broadsheet.posts.models import Post

logger = logging.getLogger(__name__)

#: Free bytes on the data disk: below the first the site is not ready, below the second it warns.
MIN_FREE_BYTES, LOW_FREE_BYTES = 50_000_000, 1_000_000_000
#: Maximum waiting time of a job or a mail.
MAX_WAIT = dt.timedelta(minutes=10)
#: Minimum remaining validity of a certificate.
CERTIFICATE_NOTICE = dt.timedelta(days=14)
#: Maximum age of the last daily backup.
MAX_BACKUP_AGE = dt.timedelta(hours=36)
#: Delay after which a scheduled post is overdue; a worker publishes due posts every second.
OVERDUE = dt.timedelta(minutes=1)
#: Cache key: the expiry of the certificate as a Unix time, or an error message.
_CERTIFICATE = "ops.certificate"


class Check(NamedTuple):
    """The result of a health check. If it is not ready, send no requests to this process.

    `value` is the figure for metrics: bytes, seconds or a Unix time.
    """

    name: str
    is_healthy: bool
    message: str
    is_ready: bool = True
    value: float = 0


def readiness_checks() -> list[Check]:
    """Check the requirements of requests. Cheap, because load balancers ask every few seconds."""
    checks = [disk()]
    try:
        checks += [database(), migrations()]
    except Error as error:
        checks.append(
            Check("database", is_healthy=False, message=_first_line(error), is_ready=False)
        )
    return checks


def all_checks() -> list[Check]:
    """Run all checks; those that need the database only if it answers."""
    checks = readiness_checks()
    return [*checks, *map(_run, _DATABASE_CHECKS)] if is_ready(checks) else checks


def _run(check: Callable[[], Check]) -> Check:
    """Run a check. One that fails, for example because Redis is down, hides no other."""
    try:
        return check()
    except Exception as error:
        logger.exception("The check %s failed.", check.__name__)
        message = f"check failed: {_first_line(error)}"
        return Check(check.__name__, is_healthy=False, message=message)


def is_ready(checks: list[Check]) -> bool:
    """Return whether requests should be sent to this process."""
    return all(check.is_ready for check in checks)


def disk() -> Check:
    """Check the free space of the data disk, and whether it can be written to."""
    free = shutil.disk_usage(settings.DATA).free
    try:
        with tempfile.TemporaryFile(dir=settings.DATA) as file:
            file.write(bytes(4_096))
    except OSError as error:
        message = f"it cannot be written to: {error.strerror or error}"
        return Check("disk", is_healthy=False, message=message, is_ready=False, value=free)
    return Check(
        "disk",
        free >= LOW_FREE_BYTES,
        f"{free // 1_000_000:,} MB are free",
        free >= MIN_FREE_BYTES,
        free,
    )


def database() -> Check:
    """Query the database. Raises Error if it does not answer."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return Check("database", is_healthy=True, message="it answers")


def migrations() -> Check:
    """Check for pending migrations."""
    count = migration_plan.count_pending()
    return Check("migrations", not count, f"{count} to run", not count, count)


def queue() -> Check:
    """Check how long the oldest ready job has waited."""
    age = oldest_ready_age() or dt.timedelta()
    message = f"the oldest job has been waiting for {_format_span(age)}"
    return Check("queue", age <= MAX_WAIT, message, value=age.total_seconds())


def worker() -> Check:
    """Check the last heartbeat of any background worker."""
    age = heartbeat.last_seen()
    if age is None:
        return Check(
            "worker", is_healthy=False, message="no heartbeat of a background worker today"
        )
    message = f"the last heartbeat was {_format_span(age)} ago"
    return Check("worker", age <= heartbeat.MAX_AGE, message, value=age.total_seconds())


def scheduled() -> Check:
    """Check for overdue scheduled posts."""
    now = timezone.now()
    late = Post.objects.due(now - OVERDUE).order_by("pub_date")
    first = late.first()
    if first is None or first.pub_date is None:
        return Check("scheduled", is_healthy=True, message="no scheduled post is late")
    age = now - first.pub_date
    message = f"{late.count()} late, for {_format_span(age)}: {first.title}"
    return Check("scheduled", is_healthy=False, message=message, value=age.total_seconds())


def mail() -> Check:
    """Check for mails that wait too long, and for failures since a mail was last sent."""
    now, messages = timezone.now(), OutgoingMessage.objects
    oldest = messages.waiting().order_by("created_at").first()
    age = now - oldest.created_at if oldest else dt.timedelta()
    if oldest and age > MAX_WAIT:
        message = (
            f"{messages.waiting().count():,} waiting, the oldest for {_format_span(age)}: "
            f"{oldest.error}"
        )
        return Check("mail", is_healthy=False, message=message, value=age.total_seconds())
    sent = messages.filter(status=OutgoingMessage.Status.SENT).order_by("-closed_at").first()
    since = now - dt.timedelta(days=1)
    if sent and sent.closed_at:
        since = max(since, sent.closed_at)
    failed = messages.filter(status=OutgoingMessage.Status.FAILED, closed_at__gt=since)
    if failed:
        message = f"{len(failed)} could not be sent: {failed[0].error}"
        return Check("mail", is_healthy=False, message=message)
    message = "no e-mail sent yet"
    if sent and sent.closed_at:
        message = f"the last was sent {_format_span(now - sent.closed_at)} ago"
    return Check("mail", is_healthy=True, message=message, value=age.total_seconds())


def backup() -> Check:
    """Check the last backup."""
    is_daily = settings.BACKUP_AT != "never"
    failure, last = Backup.objects.last_failure(), Backup.objects.last_successful()
    at = last.finished_at.timestamp() if last else 0
    if failure:
        return Check("backup", is_healthy=False, message=f"it failed: {failure.error}", value=at)
    if last is None and not is_daily:
        return Check(
            "backup", is_healthy=True, message="there is none, and daily backups are disabled"
        )
    if last is None:
        is_new = timezone.now() - _set_up_at() <= MAX_BACKUP_AGE
        message = f"there is none yet; the worker creates one at {settings.BACKUP_AT}"
        return Check("backup", is_healthy=is_new, message=message)
    age = timezone.now() - last.finished_at
    message = f"the last is {_format_span(age)} old, in {last.target}"
    if storages.is_on_same_disk(Path(last.target), settings.DATA):
        message += ", on the same disk as the site: see BROADSHEET_BACKUP_TARGET"
    return Check("backup", not (is_daily and age > MAX_BACKUP_AGE), message, value=at)


def _set_up_at() -> dt.datetime:
    applied = MigrationRecorder.Migration.objects.aggregate(first=Min("applied"))["first"]
    return applied or timezone.now()


def verification() -> Check:
    """Report the last trial restore of a backup."""
    last = Backup.objects.last_verified()
    if last is None or last.verified_at is None:
        message = "no backup has been verified by a trial restore yet"
        return Check("verification", is_healthy=True, message=message)
    age = timezone.now() - last.verified_at
    message = f"the last trial restore was {_format_span(age)} ago"
    at = last.verified_at.timestamp()
    return Check("verification", is_healthy=True, message=message, value=at)


def certificate() -> Check:
    """Check the expiry of the TLS certificate, as `refresh_certificate` cached it."""
    if not settings.HTTPS:
        return Check("certificate", is_healthy=True, message="not used")
    status = cache.get(_CERTIFICATE)
    if status is None:
        return Check("certificate", is_healthy=True, message="the worker has not checked it yet")
    if isinstance(status, str):
        return Check("certificate", is_healthy=False, message=status)
    remaining = dt.datetime.fromtimestamp(status, dt.UTC) - timezone.now()
    return Check(
        "certificate",
        remaining > CERTIFICATE_NOTICE,
        f"it expires in {_format_span(remaining)}",
        value=status,
    )


def redis() -> Check:
    """Check that Redis, if rate limits are counted in it, accepts writes."""
    answers = getattr(caches["default"], "answers", None)  # of lib.rate_limit_cache
    if answers is None:
        return Check("redis", is_healthy=True, message="not used")
    if answers():
        return Check("redis", is_healthy=True, message="it answers")
    return Check(
        "redis",
        is_healthy=False,
        message="it does not accept writes; each process counts on its own",
    )


def replica() -> Check:
    """Check the lag of Litestream's replica."""
    if not settings.REPLICA_URL:
        return Check("replica", is_healthy=True, message="not used")
    from broadsheet.ops.litestream import lag  # noqa: PLC0415 - only if configured

    try:
        seconds = lag.measure()
    except lag.ReplicaBehindError as error:
        return Check("replica", is_healthy=False, message=str(error), value=lag.MAX_LAG)
    return Check("replica", is_healthy=True, message="it is up to date", value=seconds)


_DATABASE_CHECKS: list[Callable[[], Check]] = [
    worker,
    scheduled,
    queue,
    mail,
    backup,
    verification,
    redis,
    replica,
    certificate,
]


def refresh_certificate() -> None:
    """Fetch the TLS certificate as a browser would, and cache its expiry or the error."""
    if not settings.HTTPS:
        return
    site = urlsplit(settings.SITE_URL)
    host, port = str(site.hostname), site.port or 443
    try:
        with (
            socket.create_connection((host, port), timeout=10) as plain,
            ssl.create_default_context().wrap_socket(plain, server_hostname=host) as tls,
        ):
            certificate = tls.getpeercert() or {}
            status: float | str = ssl.cert_time_to_seconds(str(certificate["notAfter"]))
    except (OSError, KeyError, ValueError) as error:
        status = f"{host}, port {port}: {_first_line(error)}"
    cache.set(_CERTIFICATE, status, timeout=None)


def _format_span(span: dt.timedelta) -> str:
    """Return a span in its two largest units, such as `2 d 2 h`."""
    seconds = max(0, int(span.total_seconds()))
    return " ".join([*_span_units(seconds)][:2]) or "0 s"


def _span_units(seconds: int) -> Iterator[str]:
    for unit, length in (("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1)):
        count, seconds = divmod(seconds, length)
        if count:
            yield f"{count} {unit}"


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:300]
