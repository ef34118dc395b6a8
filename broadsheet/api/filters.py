"""What the list of posts can be narrowed by."""

import datetime as dt
from typing import TYPE_CHECKING, Any

import django_filters as filters
from django import forms
from django.contrib.auth.models import AnonymousUser
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _
from django_filters.rest_framework import DjangoFilterBackend
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request

from broadsheet import search
from broadsheet.accounts.models import User
from broadsheet.posts import policy
from broadsheet.posts.models import Authorship, Post, PostQuerySet, PostTag, Tag

if TYPE_CHECKING:  # at run time it would be a circle: views import what settings name
    from rest_framework.views import APIView

LISTED = Q(status=Post.Status.PUBLISHED, deleted_at=None)
YES_NO = [("true", _("yes")), ("false", _("no"))]


class QueryFilters(DjangoFilterBackend):  # type: ignore[misc] # it has no types
    """Narrows a list, and names the parameter whose value it cannot use."""

    def filter_queryset(
        self, request: Request, queryset: QuerySet[Any], view: "APIView"
    ) -> QuerySet[Any]:
        """Return what is left. Raises ValidationError."""
        found = self.get_filterset(request, queryset, view)
        if found is None:
            return queryset
        if not found.is_valid():
            raise ValidationError({f"?{name}": errors for name, errors in found.errors.items()})
        narrowed: QuerySet[Any] = found.qs
        view.sieve = getattr(found, "sieve", view.sieve)  # type: ignore[attr-defined] # our views
        return narrowed


class TimeField(filters.fields.IsoDateTimeField):  # type: ignore[misc] # it has no types
    """A time as ISO 8601 writes it, within what databases know."""

    def clean(self, value: Any) -> dt.datetime | None:
        """Return the time in UTC. Raises ValidationError."""
        time: dt.datetime | None = super().clean(value)
        try:
            return time and time.astimezone(dt.UTC)
        except OverflowError as error:
            raise forms.ValidationError(_("Date out of range.")) from error


class TimeFilter(filters.IsoDateTimeFilter):  # type: ignore[misc] # it has no types
    """Narrows by a time."""

    field_class = TimeField


def is_by_date(request: Request) -> bool:
    """Whether the list of posts holds published posts alone, and goes by their dates."""
    asked = request.query_params
    if not request.user.is_authenticated:
        return True
    return asked.get("status") == Post.Status.PUBLISHED and asked.get("deleted") != "true"


#: Posts that are looked at of those which the search finds.
FOUND = 300


class PostFilter(filters.FilterSet):  # type: ignore[misc] # it has no types
    """The query of `GET /posts`.

    The list is walked along the rows of one author or else of one tag, where it is narrowed by
    them: they are in its order too. What is then still to be tried on each post is `sieve`.
    """

    # First, since it looks elsewhere; the others then narrow what it found.
    deleted = filters.ChoiceFilter(
        choices=YES_NO, method="by_deletion", help_text="Your deleted posts, which you can restore."
    )
    status = filters.ChoiceFilter(choices=Post.Status.choices, help_text="The post's status.")
    slug = filters.CharFilter(help_text="The post's slug.")
    author = filters.CharFilter(method="by_author", help_text="A username, case-insensitive.")
    mine = filters.ChoiceFilter(
        choices=YES_NO, method="by_me", help_text="Only your own posts (or only those of others)."
    )
    tag = filters.CharFilter(method="by_tag", help_text="A tag's slug.")
    series = filters.CharFilter("series__slug", help_text="A series' slug.")
    q = filters.CharFilter(
        method="by_words",
        help_text="Full-text search as on the site, limited to the best 300 posts. For "
        "unpublished posts: part of the title.",
    )
    published_after = TimeFilter("pub_date", "gte", help_text="At or after this time.")
    published_before = TimeFilter("pub_date", "lt", help_text="Before this time.")

    class Meta:
        model = Post
        fields: list[str] = []

    sieve = Q()
    walked = ""

    def filter_queryset(self, queryset: PostQuerySet) -> PostQuerySet:
        """Return what is left, less what the sieve takes out."""
        posts: PostQuerySet = super().filter_queryset(queryset)
        user = self.request.user
        if self.form.cleaned_data["status"] and not (is_by_date(self.request) or user.is_editor):
            posts = self._by(posts, user)  # others' drafts are not shown
        return self._along(posts) if self.walked else posts

    def by_deletion(self, posts: PostQuerySet, _name: str, value: str) -> PostQuerySet:
        """Look among the deleted instead."""
        return policy.workable(self.request.user).deleted() if value == "true" else posts

    def by_author(self, posts: PostQuerySet, _name: str, value: str) -> PostQuerySet:
        """Keep what the person of that user name wrote."""
        users = User.objects.alias(key=Lower("username"))  # as the index has it
        return self._by(posts, users.filter(key=value.lower()).first())

    def by_me(self, posts: PostQuerySet, _name: str, value: str) -> PostQuerySet:
        """Keep what the visitor wrote, or leave it out."""
        user = self.request.user
        if value == "true":
            return self._by(posts, user)
        self.sieve &= ~Q(Exists(Authorship.objects.filter(post=OuterRef("pk"), user=user.pk)))
        return posts

    def by_tag(self, posts: PostQuerySet, _name: str, value: str) -> PostQuerySet:
        """Keep what has the tag of that slug."""
        tag = Tag.objects.filter(slug=value).first()
        if tag is None:
            return posts.none()
        if self.walked:
            self.sieve &= Q(Exists(PostTag.objects.filter(post=OuterRef("pk"), tag=tag)))
            return posts
        self.walked = "posttag"
        return posts.filter(posttag__tag=tag)

    def by_words(self, posts: PostQuerySet, _name: str, value: str) -> PostQuerySet:
        """Keep what the search finds, which knows what is published; of the rest, go by titles."""
        found = Q(pk__in=search.find_ids(value, limit=FOUND))
        if is_by_date(self.request):
            return posts.filter(found)
        self.sieve &= found | (~LISTED & Q(title__icontains=value))
        return posts

    def _by(self, posts: PostQuerySet, user: User | AnonymousUser | None) -> PostQuerySet:
        if user is None or user.pk is None:
            return posts.none()
        if self.walked:
            self.sieve &= Q(Exists(Authorship.objects.filter(post=OuterRef("pk"), user=user.pk)))
            return posts
        self.walked = "authorship"
        return posts.filter(authorship__user=user.pk)

    def _along(self, posts: PostQuerySet) -> PostQuerySet:
        """Name what the index that is walked holds, and begin and end in it where dates are given.

        An alias refers to the join that narrowed the posts; a path would make another one.
        """
        posts = posts.alias(walked_id=F(f"{self.walked}__post_id"))
        if not is_by_date(self.request):
            return posts
        asked = self.form.cleaned_data
        walked = {
            "isnull": False,
            "gte": asked["published_after"],
            "lt": asked["published_before"],
        }
        return posts.alias(walked_pub_date=F(f"{self.walked}__listed_at")).filter(
            **{f"walked_pub_date__{how}": at for how, at in walked.items() if at is not None}
        )
