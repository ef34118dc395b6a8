"""Changes of many posts at once, with what each post was before."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from broadsheet.lib.ids import uuid7
from broadsheet.posts.models.post import Post


class BulkChange(models.Model):
    """One change of many posts, which a job carries out and can undo."""

    class Verb(models.TextChoices):
        """What is done with each post."""

        ADD_TAG = "add_tag", _("Add a tag")
        REMOVE_TAG = "remove_tag", _("Remove a tag")
        SET_SERIES = "set_series", _("Change the series")
        SET_AUTHOR = "set_author", _("Change the author")
        UNPUBLISH = "unpublish", _("Unpublish")
        DELETE = "delete", _("Delete")

    class State(models.TextChoices):
        """State of the job."""

        RUNNING = "running", _("running")
        DONE = "done", _("done")
        UNDOING = "undoing", _("being undone")
        UNDONE = "undone", _("undone")

    #: Verbs that need a value: a tag, a series or a username.
    WITH_VALUE: ClassVar = (Verb.ADD_TAG, Verb.REMOVE_TAG, Verb.SET_SERIES, Verb.SET_AUTHOR)
    #: States in which a job works.
    ACTIVE: ClassVar = (State.RUNNING, State.UNDOING)

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    verb = models.CharField(_("change"), max_length=10, choices=Verb)
    value = models.CharField(_("value"), max_length=200, blank=True)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.RUNNING)
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("bulk change")
        verbose_name_plural = _("bulk changes")
        indexes = [models.Index(fields=["created_at"], name="posts_bulkchange_oldest")]

    def __str__(self) -> str:
        return f"{self.get_verb_display()} {self.value}".strip()

    @property
    def is_active(self) -> bool:
        """Whether a job is working on it."""
        return self.state in self.ACTIVE


class BulkChangeItem(models.Model):
    """One post of a bulk change.

    `before` has the values that undoing restores. `version` is the post's version after the change:
    a post with another version has been edited since and is left as it is.
    """

    class State(models.TextChoices):
        """What happened to the post."""

        WAITING = "waiting", _("waiting")
        CHANGED = "changed", _("changed")
        UNCHANGED = "unchanged", _("nothing to change")
        SKIPPED = "skipped", _("skipped")
        UNDONE = "undone", _("undone")
        KEPT = "kept", _("not undone")

    id = models.BigAutoField(primary_key=True)
    bulk_change = models.ForeignKey(
        BulkChange, models.CASCADE, related_name="items", db_index=False
    )
    post = models.ForeignKey(Post, models.CASCADE, related_name="+")
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.WAITING)
    before = models.JSONField(default=dict)
    version = models.PositiveIntegerField(default=0)
    reason = models.CharField(_("reason"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("post of a bulk change")
        verbose_name_plural = _("posts of bulk changes")
        constraints = [
            models.UniqueConstraint(
                fields=["bulk_change", "post"], name="posts_bulkchangeitem_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.bulk_change_id}: {self.post_id}"
