"""Whether the last backup failed, for those whom it concerns."""

from django import template
from django.contrib.auth.models import AnonymousUser

from broadsheet.accounts.models import User
from broadsheet.ops.backup import last_failure
from broadsheet.ops.models import Backup

register = template.Library()


@register.simple_tag
def failed_backup(user: User | AnonymousUser) -> Backup | None:
    """Return the last backup if it failed and `user` is an owner."""
    return last_failure() if getattr(user, "is_owner", False) else None
