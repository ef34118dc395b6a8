"""What is done by itself every hour: what nobody needs any more goes."""

import logging

from django.contrib.sessions.models import Session
from django.core.files.storage import default_storage
from django.core.management import call_command
from django.tasks import task
from django.utils import timezone
from django_ox.models import OxTask

from broadsheet.lib.whole_files import WholeFiles
from broadsheet.mail import actions as mail
from broadsheet.ops.monitoring import health_checks, metric_samples
from broadsheet.pagecache import log
from broadsheet.posts import actions as posts
from broadsheet.posts.models import Post
from broadsheet.posts.tasks import publish_due

logger = logging.getLogger(__name__)

_AT_A_TIME = 1_000  # rows to a transaction, so that nobody waits long for the database


@task
def keep_house() -> None:
    """Forget old changes, sessions that ended and jobs that were done; cut long sitemaps."""
    changes = log.prune()
    sessions = forget_sessions()
    posts.cut_sitemaps()
    forget_written_mails()
    if isinstance(default_storage, WholeFiles):
        default_storage.tidy()
    call_command("ox_prune", older_than="7d", verbosity=0)
    call_command("ox_prune", older_than="30d", include_failed=True, verbosity=0)
    health_checks.refresh_certificate()
    logger.info("Forgot %d changes and %d sessions.", changes, sessions)


@task
def count() -> None:
    """Remember what is counted, for the owner's page, and look after what was left behind.

    That are mails which are not worth sending any more, and scheduled posts whose job is gone.
    """
    mail.expire()
    for pk in Post.objects.due(timezone.now() - health_checks.OVERDUE).values_list("pk", flat=True)[
        :100
    ]:
        publish_due.enqueue(str(pk))
    metric_samples.take()


def forget_sessions() -> int:
    """Delete the sessions that have expired; return how many."""
    deleted = 0
    old = Session.objects.filter(expire_date__lt=timezone.now())
    while batch := list(old.values_list("pk", flat=True)[:_AT_A_TIME]):
        deleted += Session.objects.filter(pk__in=batch).delete()[0]
    return deleted


def forget_written_mails() -> None:
    """Delete the jobs of the release before this one in which mails were written out, once done."""
    written = OxTask.objects.filter(task_path="broadsheet.accounts.tasks.send_mail")
    written.exclude(status__in=[OxTask.Status.READY, OxTask.Status.RUNNING]).delete()
