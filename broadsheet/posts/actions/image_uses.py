"""Recording which images posts use."""

import re
from collections.abc import Sequence

from django.db.models import Q

from broadsheet.media.models import Image
from broadsheet.posts.models import ImageUse, Post

#: Fields of a post that can refer to an image.
FIELDS = ("content", "cover_id", "cover_url", "share_image_url")

# The folder of an image: wherever the site moves and wherever files are stored, this part stays.
_DIGEST = re.compile(r"(?<=/)[0-9a-f]{64}(?=/)")


def add_image_uses(posts: Sequence[Post]) -> None:
    """Record the images of posts that have just been saved.

    The images are locked, so that none is deleted before the posts are committed.
    """
    digests = {post.pk: _digests(post) for post in posts}
    covers = {post.cover_id for post in posts if post.cover_id}
    if not covers and not any(digests.values()):
        return
    wanted = Q(pk__in=covers) | Q(digest__in=set().union(*digests.values()))
    images = Image.objects.select_for_update().filter(wanted).order_by("pk")
    pks = {digest: pk for pk, digest in images.values_list("pk", "digest")}
    locked = set(pks.values())
    uses = []
    for post in posts:
        in_post = {pks[digest] for digest in digests[post.pk] if digest in pks}
        if post.cover_id in locked:
            in_post.add(post.cover_id)
        uses += [ImageUse(post=post, image_id=pk, is_cover=pk == post.cover_id) for pk in in_post]
    ImageUse.objects.bulk_create(
        uses,
        update_conflicts=True,
        unique_fields=["post", "image"],
        update_fields=["is_cover", "is_current"],
    )


def sync_image_uses(post: Post) -> None:
    """Record the images of a post that has changed; those of earlier versions stay."""
    uses = ImageUse.objects.filter(post=post, is_current=True)
    uses.update(is_current=False, is_cover=False)
    add_image_uses([post])


def _digests(post: Post) -> set[str]:
    return set(_DIGEST.findall(f"{post.content} {post.cover_url} {post.share_image_url}"))
