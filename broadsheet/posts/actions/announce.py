"""Signals about the public life of a post: published once, updated, withdrawn."""

from django.utils import timezone

from broadsheet.accounts.models import User
from broadsheet.posts import signals
from broadsheet.posts.models import Post


def is_public(post: Post) -> bool:
    """Return whether `post` has been published and anyone can read it now."""
    return post.is_readable and post.first_published_at is not None


def mark_published(post: Post, *, is_import: bool = False) -> bool:
    """Set `first_published_at` on a post that is public for the first time.

    Return whether it is. A post that was archived at its source was public there.
    """
    counts = post.is_listed or (is_import and post.status == Post.Status.ARCHIVED)
    if not counts or post.first_published_at is not None:
        return False
    post.first_published_at = post.pub_date if is_import else timezone.now()
    return True


def send_published(post: Post, *, by: User | None, is_import: bool = False) -> None:
    """Send the signal for a post that became public for the first time."""
    if is_import:
        signals.posts_imported.send(Post, posts=[post.pk], by=by)
    else:
        signals.post_published.send(Post, post=post, by=by)


def send_changed(post: Post, *, was_public: bool, by: User | None, old_slug: str = "") -> None:
    """Send the signal for a change of a post after its first publication, if it is public."""
    if is_public(post):
        signals.post_updated.send(Post, post=post, by=by, old_slug=old_slug or post.slug)
    elif was_public:
        signals.post_withdrawn.send(Post, post=post, by=by)
