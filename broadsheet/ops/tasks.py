"""What is done by itself every hour: what nobody needs any more goes."""

import logging

from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.tasks import task
from django.utils import timezone

from broadsheet.ops import readiness, samples
from broadsheet.pagecache import log
from broadsheet.posts import actions as posts

logger = logging.getLogger(__name__)

_AT_A_TIME = 1_000  # rows to a transaction, so that nobody waits long for the database


@task
def keep_house() -> None:
    """Forget old changes, sessions that ended and jobs that were done; cut long sitemaps."""
    changes = log.prune()
    sessions = forget_sessions()
    posts.cut_sitemaps()
    call_command("ox_prune", older_than="7d", verbosity=0)
    call_command("ox_prune", older_than="30d", include_failed=True, verbosity=0)
    readiness.look_at_certificate()
    logger.info("Forgot %d changes and %d sessions.", changes, sessions)


@task
def count() -> None:
    """Remember what is counted, for the owner's page."""
    samples.take()


def forget_sessions() -> int:
    """Delete the sessions that have expired; return how many."""
    deleted = 0
    old = Session.objects.filter(expire_date__lt=timezone.now())
    while batch := list(old.values_list("pk", flat=True)[:_AT_A_TIME]):
        deleted += Session.objects.filter(pk__in=batch).delete()[0]
    return deleted
