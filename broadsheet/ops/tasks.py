"""Scheduled jobs: hourly cleanup, and samples of the metrics every five minutes."""

import datetime as dt
import logging

from django.conf import settings
from django.contrib.sessions.models import Session
from django.core.files.storage import default_storage
from django.core.management import call_command
from django.tasks import task
from django.utils import timezone
from django_ox.models import OxTask

from broadsheet.lib.file_storage import AtomicFileStorage
from broadsheet.mail import actions as mail
from broadsheet.ops import media_cleanup
from broadsheet.ops.monitoring import health_checks, metric_samples
from broadsheet.pagecache import change_log
from broadsheet.posts import actions as posts
from broadsheet.posts.models import Post
from broadsheet.posts.tasks import publish_due
from broadsheet.statistics import actions as statistics

logger = logging.getLogger(__name__)

BATCH_SIZE = 1_000  # rows per transaction, so that other writers do not wait long


@task
def hourly_cleanup() -> None:
    """Hourly cleanup: delete old changes, expired sessions, orphaned media files and old jobs."""
    changes = change_log.prune()
    sessions = delete_expired_sessions()
    delete_legacy_mail_jobs()
    fold_referrers()
    posts.delete_old_bulk_changes()
    if isinstance(default_storage, AtomicFileStorage):
        default_storage.delete_stale_parts()
    media_cleanup.clean_share_of_hour(timezone.now())
    call_command("ox_prune", older_than="7d", verbosity=0)
    call_command("ox_prune", older_than="30d", include_failed=True, verbosity=0)
    health_checks.refresh_certificate()
    logger.info("Deleted %d old changes and %d expired sessions.", changes, sessions)


keep_house = hourly_cleanup  # the name in jobs that older releases enqueued


@task
def count() -> None:
    """Store a metric sample for the status page; expire old mails, and publish overdue posts.

    A scheduled post is overdue if its job was lost.
    """
    mail.expire()
    for pk in Post.objects.due(timezone.now() - health_checks.OVERDUE).values_list("pk", flat=True)[
        :100
    ]:
        publish_due.enqueue(str(pk))
    metric_samples.take()


def delete_expired_sessions() -> int:
    """Delete expired sessions; return their number."""
    deleted = 0
    old = Session.objects.filter(expire_date__lt=timezone.now())
    while batch := list(old.values_list("pk", flat=True)[:BATCH_SIZE]):
        deleted += Session.objects.filter(pk__in=batch).delete()[0]
    return deleted


def fold_referrers() -> None:
    """Fold the referrers of days before the retention."""
    before = timezone.localdate() - dt.timedelta(days=settings.REFERRER_DAYS)
    while statistics.fold_referrers(before=before):
        pass


def delete_legacy_mail_jobs() -> None:
    """Delete finished jobs of the previous release, which contain whole mails."""
    jobs = OxTask.objects.filter(task_path="broadsheet.accounts.tasks.send_mail")
    jobs.exclude(status__in=[OxTask.Status.READY, OxTask.Status.RUNNING]).delete()
