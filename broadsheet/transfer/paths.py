"""Leading readers from where a post was to where it is."""

from django.core.exceptions import ValidationError
from django.urls import Resolver404, resolve

from broadsheet.posts.models import Post
from broadsheet.publication.actions import redirect
from broadsheet.transfer.incoming import Incoming, Note


def lead_there(incoming: Incoming, post: Post) -> list[Note]:
    """Redirect the old paths to `post`; return what readers of old links should know of."""
    here, path = post.get_absolute_url(), incoming.old_path
    if incoming.guessed_path and not is_in_use(incoming.guessed_path):
        redirect(incoming.guessed_path[:500], here)
    if path in {"", here}:
        return []
    if is_in_use(path):
        return [Note("address that is taken", f"{path}, so it is at {here}")]
    try:
        redirect(path, here)
    except ValidationError:
        return [Note("address that had to change", f"{path} is now {here}")]
    return [Note("address that had to change, and leads on", f"{path} leads to {here}")]


def is_in_use(path: str) -> bool:
    """Whether a post or a page of the site itself answers there."""
    try:
        name = resolve(path).view_name
    except Resolver404:
        return False
    if name not in {"public:post", "nothing"}:
        return True
    return Post.objects.readable().filter(slug=path.removeprefix("/")).exists()
