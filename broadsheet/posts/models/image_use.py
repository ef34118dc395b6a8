"""Which posts use which images of the media library."""

from django.db import models
from django.db.models import Exists, OuterRef, QuerySet

from broadsheet.media.models import Image
from broadsheet.posts.models.post import Post


class ImageUse(models.Model):
    """An image in the text of a post, or its cover; derived from the post when it is saved.

    The row stays when the post no longer uses the image, because an earlier version still does.
    """

    post = models.ForeignKey(Post, models.CASCADE, related_name="image_uses", db_index=False)
    image = models.ForeignKey(Image, models.CASCADE, related_name="uses")
    is_cover = models.BooleanField(default=False)
    is_current = models.BooleanField(default=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["post", "image"], name="posts_image_once")]

    def __str__(self) -> str:
        return f"{self.post_id}: {self.image_id}"


def unused(images: QuerySet[Image]) -> QuerySet[Image]:
    """Return those of `images` that no post uses; earlier versions of posts may."""
    current = ImageUse.objects.filter(image=OuterRef("pk"), is_current=True)
    return images.filter(~Exists(current))


def never_used(images: QuerySet[Image]) -> QuerySet[Image]:
    """Return those of `images` that no version of any post has used."""
    return images.filter(~Exists(ImageUse.objects.filter(image=OuterRef("pk"))))
