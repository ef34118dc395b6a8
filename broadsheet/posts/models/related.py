"""Related posts: keywords per post, computed results, and the queue of posts to recompute.

These rows are derived in the background. Their foreign keys are no constraints of the database:
checking one locks the post, and an edit of the post would have to wait.
"""

from django.db import models
from django.utils import timezone

from broadsheet.lib import tokenizer
from broadsheet.posts.models.post import Post


class Keyword(models.Model):
    """A keyword of a listed post. The weights of a post are a vector of length 1."""

    post = models.ForeignKey(Post, models.CASCADE, db_constraint=False, db_index=False)
    term = models.CharField(max_length=tokenizer.MAX_TERM_LENGTH)
    weight = models.FloatField()

    class Meta:
        indexes = [models.Index(fields=["term", "-weight", "post"], name="posts_keyword_strongest")]
        constraints = [models.UniqueConstraint(fields=["post", "term"], name="posts_keyword_once")]

    def __str__(self) -> str:
        return self.term


class Related(models.Model):
    """A post that is related to another one; the best has position 0."""

    post = models.ForeignKey(
        Post, models.CASCADE, related_name="related", db_constraint=False, db_index=False
    )
    other = models.ForeignKey(Post, models.CASCADE, related_name="related_to", db_constraint=False)
    position = models.PositiveSmallIntegerField()
    score = models.FloatField()

    class Meta:
        ordering = ["position"]
        constraints = [models.UniqueConstraint(fields=["post", "other"], name="posts_related_once")]

    def __str__(self) -> str:
        return f"{self.post_id}: {self.other_id}"


class RelatedPostsJob(models.Model):
    """A queued post: its related posts must be computed again, beginning with a step."""

    class Step(models.TextChoices):
        """The next step; steps are done in the order of their names."""

        READ = "read"  # compute its keywords
        REFRESH = "refresh"  # compute its related posts
        RELATE = "relate"  # compute its related posts, and refresh those that it affects

    post_id = models.UUIDField(primary_key=True)
    step = models.CharField(max_length=7, choices=Step)
    requested_at = models.DateTimeField(db_column="asked_at", default=timezone.now)

    class Meta:
        db_table = "posts_unrelated"
        indexes = [models.Index(fields=["step", "post_id"], name="posts_unrelated_by_step")]

    def __str__(self) -> str:
        return f"{self.step}: {self.post_id}"
