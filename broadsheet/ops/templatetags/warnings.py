"""Warnings about the site's health, for every page of the studio."""

from collections.abc import Callable
from typing import NamedTuple

from django import template
from django.contrib.auth.models import AnonymousUser
from django.utils.translation import gettext as _

from broadsheet.accounts.models import User
from broadsheet.ops.monitoring import health_checks
from broadsheet.ops.monitoring.health_checks import Check
from broadsheet.publication.policy import can_change_site

register = template.Library()

#: Checks for everyone in the studio, and additional ones for owners.
_FOR_ALL: list[Callable[[], Check]] = [health_checks.worker, health_checks.scheduled]
_FOR_OWNERS: list[Callable[[], Check]] = [health_checks.backup, health_checks.mail]


class HealthWarning(NamedTuple):
    """A warning, and its reason, which only owners see."""

    text: str
    reason: str


@register.simple_tag
def warnings(user: User | AnonymousUser) -> list[HealthWarning]:
    """Return the warnings that concern `user`."""
    is_owner = user.is_authenticated and can_change_site(user)
    texts = {
        "worker": _("The background worker has stopped. Scheduled posts and e-mails are delayed."),
        "scheduled": _("Scheduled posts are late."),
        "backup": _("There is no recent backup."),
        "mail": _("E-mails cannot be sent."),
    }
    checks = [check() for check in (*_FOR_ALL, *(_FOR_OWNERS if is_owner else []))]
    return [
        HealthWarning(texts[check.name], check.message.rstrip(".") if is_owner else "")
        for check in checks
        if not check.is_healthy
    ]
