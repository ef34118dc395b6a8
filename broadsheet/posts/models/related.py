"""Which posts are about the same: what each is about, what came of it, what is still to be done.

These rows are derived, and made in the background. Their keys are no constraints of the database:
checking one takes a lock on the post, for which whoever edits it would have to wait.
"""

from django.db import models
from django.utils import timezone

from broadsheet.lib import tokenizer
from broadsheet.posts.models.post import Post


class Keyword(models.Model):
    """A term that tells a listed post from others. A post's weights are a vector of length 1."""

    post = models.ForeignKey(Post, models.CASCADE, db_constraint=False, db_index=False)
    term = models.CharField(max_length=tokenizer.MAX_TERM_LENGTH)
    weight = models.FloatField()

    class Meta:
        indexes = [models.Index(fields=["term", "-weight", "post"], name="posts_keyword_strongest")]
        constraints = [models.UniqueConstraint(fields=["post", "term"], name="posts_keyword_once")]

    def __str__(self) -> str:
        return self.term


class Related(models.Model):
    """That `other` is worth reading after `post`; the best has position 0."""

    post = models.ForeignKey(
        Post, models.CASCADE, related_name="kin", db_constraint=False, db_index=False
    )
    other = models.ForeignKey(Post, models.CASCADE, related_name="kin_of", db_constraint=False)
    position = models.PositiveSmallIntegerField()
    score = models.FloatField()

    class Meta:
        ordering = ["position"]
        constraints = [models.UniqueConstraint(fields=["post", "other"], name="posts_related_once")]

    def __str__(self) -> str:
        return f"{self.post_id}: {self.other_id}"


class Unrelated(models.Model):
    """A post whose related posts are to be found anew, and how far that has come."""

    class Step(models.TextChoices):
        """What is to be done next; the first by name comes first."""

        READ = "read"  # find its keywords
        REFRESH = "refresh"  # find its related posts
        RELATE = "relate"  # find its related posts, and look again at those that it concerns

    post_id = models.UUIDField(primary_key=True)
    step = models.CharField(max_length=7, choices=Step)
    asked_at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes = [models.Index(fields=["step", "post_id"], name="posts_unrelated_by_step")]

    def __str__(self) -> str:
        return f"{self.step}: {self.post_id}"
