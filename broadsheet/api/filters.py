"""Filters of the list of posts."""

import datetime as dt
from typing import TYPE_CHECKING, Any

import django_filters as filters
from django import forms
from django.contrib.auth.models import AnonymousUser
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.db.models.functions import Lower
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext_lazy as _
from django_filters.rest_framework import DjangoFilterBackend
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request

from broadsheet import search
from broadsheet.accounts.models import User
from broadsheet.api.datetimes import ZONE_HELP, localize
from broadsheet.posts import policy
from broadsheet.posts.models import Authorship, Post, PostQuerySet, PostTag, Tag

if TYPE_CHECKING:  # a cycle at run time: views import what the settings name
    from rest_framework.views import APIView

SEARCHABLE = Q(status=Post.Status.PUBLISHED, deleted_at=None)
YES_NO = [("true", _("yes")), ("false", _("no"))]


class StrictFilterBackend(DjangoFilterBackend):  # type: ignore[misc] # it has no types
    """Filter backend whose errors name the query parameter."""

    def filter_queryset(
        self, request: Request, queryset: QuerySet[Any], view: "APIView"
    ) -> QuerySet[Any]:
        """Return the filtered queryset. Raises ValidationError."""
        filters = getattr(view, "filterset_class", None)
        if filters is None or not request.query_params.keys() & filters.base_filters.keys():
            return queryset  # validating a form without values takes a millisecond
        filterset = self.get_filterset(request, queryset, view)
        if not filterset.is_valid():
            raise ValidationError({f"?{name}": errors for name, errors in filterset.errors.items()})
        filtered: QuerySet[Any] = filterset.qs
        view.residual_filter = filterset.residual_filter  # type: ignore[attr-defined] # our views
        return filtered


class TimeField(filters.fields.IsoDateTimeField):  # type: ignore[misc] # it has no types
    """An ISO 8601 time within the range of databases; without an offset, in the site's zone."""

    def to_python(self, value: Any) -> dt.datetime | None:
        """Return the time. Raises ValidationError."""
        try:
            time = parse_datetime((value or "").strip())
        except ValueError:
            time = None
        return localize(time) if time else super().to_python(value)

    def clean(self, value: Any) -> dt.datetime | None:
        """Return the time in UTC. Raises ValidationError."""
        time: dt.datetime | None = super().clean(value)
        try:
            return time and time.astimezone(dt.UTC)
        except OverflowError as error:
            raise forms.ValidationError(_("Date out of range.")) from error


class TimeFilter(filters.IsoDateTimeFilter):  # type: ignore[misc] # it has no types
    """Filter by a time."""

    field_class = TimeField


def is_ordered_by_date(request: Request) -> bool:
    """Return whether the list contains published posts only, and is ordered by their dates."""
    if not request.user.is_authenticated:
        return True
    params = request.query_params
    return params.get("status") == Post.Status.PUBLISHED and params.get("deleted") != "true"


#: Posts of a search that are filtered further.
MAX_HITS = 300


class PostFilter(filters.FilterSet):  # type: ignore[misc] # it has no types
    """Filters of `GET /posts`.

    A list of an author or else of a tag is read from the index of that relation, the driving one,
    which has the same order. Further conditions on relations go into `residual_filter`, which
    `KeysetPagination` checks on a limited number of rows.
    """

    # First, because it replaces the queryset that the others filter.
    deleted = filters.ChoiceFilter(
        choices=YES_NO, method="by_deletion", help_text="Your deleted posts, which you can restore."
    )
    kind = filters.ChoiceFilter(
        choices=Post.Kind.choices,
        method="by_kind",
        help_text="Posts or pages. Lists that are ordered by publication contain only posts "
        "unless you ask for pages.",
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
    published_after = TimeFilter("pub_date", "gte", help_text=f"At or after this time. {ZONE_HELP}")
    published_before = TimeFilter("pub_date", "lt", help_text=f"Before this time. {ZONE_HELP}")

    class Meta:
        model = Post
        fields: list[str] = []

    residual_filter = Q()
    driving_relation = ""

    def filter_queryset(self, queryset: PostQuerySet) -> PostQuerySet:
        """Return the filtered posts, without the residual filter."""
        posts: PostQuerySet = super().filter_queryset(queryset)
        user = self.request.user
        if self.form.cleaned_data["status"] and not (
            is_ordered_by_date(self.request) or user.is_editor
        ):
            posts = self._by(posts, user)  # others' drafts are hidden
        return self._with_keyset(posts) if self.driving_relation else posts

    def by_deletion(self, posts: PostQuerySet, _name: str, value: str) -> PostQuerySet:
        """Return the user's deleted posts instead."""
        return policy.editable_posts(self.request.user).deleted() if value == "true" else posts

    def by_kind(self, posts: PostQuerySet, _name: str, value: str) -> PostQuerySet:
        """Filter by the kind; published pages are in another list than published posts."""
        if value == Post.Kind.PAGE and is_ordered_by_date(self.request):
            return Post.objects.published_pages()
        return posts.filter(kind=value)

    def by_author(self, posts: PostQuerySet, _name: str, value: str) -> PostQuerySet:
        """Filter by the username of an author."""
        users = User.objects.alias(key=Lower("username"))  # the indexed expression
        return self._by(posts, users.filter(key=value.lower()).first())

    def by_me(self, posts: PostQuerySet, _name: str, value: str) -> PostQuerySet:
        """Include only the user's own posts, or exclude them."""
        user = self.request.user
        if value == "true":
            return self._by(posts, user)
        mine = Exists(Authorship.objects.filter(post=OuterRef("pk"), user=user.pk))
        self.residual_filter &= ~Q(mine)
        return posts

    def by_tag(self, posts: PostQuerySet, _name: str, value: str) -> PostQuerySet:
        """Filter by the slug of a tag."""
        tag = Tag.objects.filter(slug=value).first()
        if tag is None:
            return posts.none()
        if self.driving_relation:
            has_tag = Exists(PostTag.objects.filter(post=OuterRef("pk"), tag=tag))
            self.residual_filter &= Q(has_tag)
            return posts
        self.driving_relation = "posttag"
        return posts.filter(posttag__tag=tag)

    def by_words(self, posts: PostQuerySet, _name: str, value: str) -> PostQuerySet:
        """Filter by the site's search, which indexes published posts; search the others' titles."""
        hits = Q(pk__in=search.find_ids(value, limit=MAX_HITS))
        if is_ordered_by_date(self.request):
            return posts.filter(hits)
        self.residual_filter &= hits | (~SEARCHABLE & Q(title__icontains=value))
        return posts

    def _by(self, posts: PostQuerySet, user: User | AnonymousUser | None) -> PostQuerySet:
        if user is None or user.pk is None:
            return posts.none()
        if self.driving_relation:
            is_author = Exists(Authorship.objects.filter(post=OuterRef("pk"), user=user.pk))
            self.residual_filter &= Q(is_author)
            return posts
        self.driving_relation = "authorship"
        return posts.filter(authorship__user=user.pk)

    def _with_keyset(self, posts: PostQuerySet) -> PostQuerySet:
        """Add the aliases of `KeysetPagination` for the driving index, and its range of dates.

        An alias refers to the join of the filter; a path would join once more.
        """
        params = self.form.cleaned_data
        posts = posts.alias(keyset_id=F(f"{self.driving_relation}__post_id"))
        if not is_ordered_by_date(self.request) or params["kind"] == Post.Kind.PAGE:
            return posts
        lookups = {
            "isnull": False,
            "gte": params["published_after"],
            "lt": params["published_before"],
        }
        posts = posts.alias(keyset_pub_date=F(f"{self.driving_relation}__listed_at"))
        return posts.filter(
            **{f"keyset_pub_date__{lookup}": v for lookup, v in lookups.items() if v is not None}
        )
