"""Redirects from the old URLs of imported posts."""

from django.core.exceptions import ValidationError
from django.urls import Resolver404, resolve

from broadsheet.posts.models import Post
from broadsheet.publication.actions import add_redirect
from broadsheet.transfer.records import Note, PostRecord


def create_redirects(record: PostRecord, post: Post) -> list[Note]:
    """Redirect the old paths to `post`; return notes on old links that changed or cannot work."""
    url, path = post.get_absolute_url(), record.old_path
    if record.guessed_path and not is_path_in_use(record.guessed_path):
        add_redirect(record.guessed_path[:500], url)
    if path in {"", url}:
        return []
    if is_path_in_use(path):
        return [Note("URL already taken", f"{path}, moved to {url}")]
    try:
        add_redirect(path, url)
    except ValidationError:
        return [Note("changed URL", f"{path} is now {url}")]
    return [Note("changed URL, with a redirect", f"{path} redirects to {url}")]


def is_path_in_use(path: str) -> bool:
    """Return whether a post or another page of this site uses the path."""
    try:
        name = resolve(path).view_name
    except Resolver404:
        return False
    if name not in {"public:post", "not_found"}:
        return True
    return Post.objects.visible_to(None).filter(slug=path.removeprefix("/")).exists()
