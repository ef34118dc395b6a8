"""Views per post and day, in all and by the host of the referrer. Nothing about a reader."""

from typing import ClassVar

from django.db import models

from broadsheet.posts.models import Post

#: The name for hosts that have no row of their own: too many on one day, or folded later.
OTHER_HOSTS = "*"


class PostViews(models.Model):
    """The number of views of a post on a day in the site's time zone."""

    id = models.BigAutoField(primary_key=True)
    post = models.ForeignKey(Post, on_delete=models.CASCADE, related_name="+")
    viewed_on = models.DateField()
    views = models.PositiveBigIntegerField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["post", "viewed_on"], name="statistics_one_per_day")
        ]
        indexes: ClassVar = [models.Index(fields=["viewed_on"], name="statistics_views_by_day")]

    def __str__(self) -> str:
        return f"{self.post_id} {self.viewed_on}: {self.views}"


class PostReferrer(models.Model):
    """The number of views of a post on a day that came from links on one host.

    `host` is empty for views without a referrer, and OTHER_HOSTS for the sum of several hosts.
    """

    id = models.BigAutoField(primary_key=True)
    post = models.ForeignKey(Post, on_delete=models.CASCADE, related_name="+")
    viewed_on = models.DateField()
    host = models.CharField(max_length=253, blank=True)
    views = models.PositiveBigIntegerField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["post", "viewed_on", "host"], name="statistics_one_per_host"
            )
        ]
        indexes: ClassVar = [models.Index(fields=["viewed_on"], name="statistics_hosts_by_day")]

    def __str__(self) -> str:
        return f"{self.post_id} {self.viewed_on} {self.host}: {self.views}"
