"""What the list of posts can be narrowed by."""

import datetime as dt
from typing import TYPE_CHECKING, Any

import django_filters as filters
from django import forms
from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext_lazy as _
from django_filters.rest_framework import DjangoFilterBackend
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request

from broadsheet.posts import policy
from broadsheet.posts.models import Authorship, Post, PostQuerySet, PostTag

if TYPE_CHECKING:  # at run time it would be a circle: views import what settings name
    from rest_framework.views import APIView

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
        return narrowed


class TimeField(filters.fields.IsoDateTimeField):  # type: ignore[misc] # it has no types
    """A time as ISO 8601 writes it, within what databases know."""

    def clean(self, value: Any) -> dt.datetime | None:
        """Return the time in UTC. Raises ValidationError."""
        time: dt.datetime | None = super().clean(value)
        try:
            return time and time.astimezone(dt.UTC)
        except OverflowError as error:
            raise forms.ValidationError(_("This is too far away.")) from error


class TimeFilter(filters.IsoDateTimeFilter):  # type: ignore[misc] # it has no types
    """Narrows by a time."""

    field_class = TimeField


class PostFilter(filters.FilterSet):  # type: ignore[misc] # it has no types
    """The query of `GET /posts`."""

    # First, since it looks elsewhere; the others then narrow what it found.
    deleted = filters.ChoiceFilter(
        choices=YES_NO, method="by_deletion", help_text="What you deleted and can restore."
    )
    status = filters.ChoiceFilter(choices=Post.Status.choices, help_text="Where the post stands.")
    slug = filters.CharFilter(help_text="The post at this address.")
    author = filters.CharFilter(method="by_author", help_text="A user name, in any case.")
    tag = filters.CharFilter(method="by_tag", help_text="A tag's slug.")
    series = filters.CharFilter("series__slug", help_text="A series' slug.")
    q = filters.CharFilter("title", "icontains", help_text="Part of the title.")
    published_after = TimeFilter("pub_date", "gte", help_text="At this time or later.")
    published_before = TimeFilter("pub_date", "lt", help_text="Before this time.")
    mine = filters.ChoiceFilter(
        choices=YES_NO, method="by_me", help_text="Only (or none of) what you wrote."
    )

    class Meta:
        model = Post
        fields: list[str] = []

    def by_deletion(self, posts: PostQuerySet, _name: str, value: str) -> PostQuerySet:
        """Look among the deleted instead."""
        return policy.workable(self.request.user).deleted() if value == "true" else posts

    def by_author(self, posts: PostQuerySet, _name: str, value: str) -> PostQuerySet:
        """Keep what the person of that user name wrote."""
        rows = Authorship.objects.filter(post=OuterRef("pk"), user__username__iexact=value)
        return posts.filter(Exists(rows))

    def by_tag(self, posts: PostQuerySet, _name: str, value: str) -> PostQuerySet:
        """Keep what has the tag of that slug."""
        return posts.filter(Exists(PostTag.objects.filter(post=OuterRef("pk"), tag__slug=value)))

    def by_me(self, posts: PostQuerySet, _name: str, value: str) -> PostQuerySet:
        """Keep what the visitor wrote, or leave it out."""
        user = self.request.user
        mine = Exists(Authorship.objects.filter(post=OuterRef("pk"), user=user.pk))
        return posts.filter(mine if value == "true" else ~mine)
