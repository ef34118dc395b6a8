"""Preview links: people who have one can read a post before it is published."""

import datetime as dt
import secrets

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from broadsheet.accounts.models import User, hash_token
from broadsheet.posts.models import Post, PreviewLink

DEFAULT_LIFETIME = dt.timedelta(days=7)
MAX_LIFETIME = dt.timedelta(days=90)
#: Maximum of links of a post that work at the same time.
MAX_LINKS = 50
#: Time for which links that have expired stay in the list.
RETENTION = dt.timedelta(days=30)


@transaction.atomic
def create_preview_link(
    post: Post, *, by: User, expires_at: dt.datetime | None = None, name: str = ""
) -> tuple[PreviewLink, str]:
    """Return a preview link and its token for `/preview/<token>`, which is shown only once.

    `name` is a note for the authors, such as the reader's name. Raises ValidationError.
    """
    current = Post.objects.get_for_update(post.pk)
    now = timezone.now()
    expires_at = expires_at or now + DEFAULT_LIFETIME
    if not now < expires_at <= now + MAX_LIFETIME:
        message = _("A link can work for up to %d days from now.") % MAX_LIFETIME.days
        raise ValidationError({"expires_at": message})
    if current.preview_links.open().count() >= MAX_LINKS:
        message = _("This post has %d links that work. Revoke one of them first.") % MAX_LINKS
        raise ValidationError(message)
    current.preview_links.filter(expires_at__lt=now - RETENTION).delete()
    token = secrets.token_urlsafe(32)
    link = PreviewLink(
        post=current, name=name, digest=hash_token(token), created_by=by, expires_at=expires_at
    )
    link.full_clean()
    link.save()
    return link, token


def revoke_preview_link(link: PreviewLink) -> None:
    """Revoke a preview link, effective immediately."""
    PreviewLink.objects.filter(pk=link.pk, revoked_at=None).update(revoked_at=timezone.now())
