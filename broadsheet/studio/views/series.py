"""Series, for editors and owners: rename, sort, delete."""

import uuid
from collections.abc import Iterable

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from broadsheet.lib.form_errors import add_errors
from broadsheet.posts import actions
from broadsheet.posts.actions.series import MAX_SORTED
from broadsheet.posts.models import Post, Series
from broadsheet.posts.policy import can_manage_series
from broadsheet.studio import tag_list
from broadsheet.studio.forms.taxonomy import SeriesForm
from broadsheet.studio.views.base import StudioView


class SeriesView(StudioView):
    """A page for users who can change series."""

    policy = staticmethod(can_manage_series)
    denial = gettext_lazy("Only editors and owners can change series. Ask one of them.")


class SeriesList(SeriesView):
    """All series, sorted by slug."""

    template_name = "studio/series_list.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show a page of series, starting at a slug."""
        start = request.GET.get("from", "")
        page = tag_list.get_series(start)
        context = {"rows": page.rows, "next": page.next, "start": start}
        return self.render({**context, "max_count": tag_list.MAX_COUNT})


class EditSeries(SeriesView):
    """A series: its names, and the order of its posts."""

    template_name = "studio/series.html"

    def get(self, _request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
        """Show the posts and the form."""
        series = get_object_or_404(Series, pk=pk)
        return self.render_series(series, SeriesForm(instance=series))

    def post(self, request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
        """Save name, slug and description."""
        series = get_object_or_404(Series, pk=pk)
        form = SeriesForm(request.POST, instance=series)
        if form.is_valid():
            try:
                actions.edit_series(series, **form.cleaned_data)
            except ValidationError as error:
                add_errors(form, error)
            else:
                messages.success(request, _("Series saved."))
                return redirect("studio:series", pk)
        return self.render_series(series, form, status=422)

    def render_series(self, series: Series, form: SeriesForm, *, status: int = 200) -> HttpResponse:
        """Show the series."""
        posts = Post.objects.alive().filter(series=series).in_series_order()
        parts = list(posts.only("pk", "title", "slug", "status")[: MAX_SORTED + 1])
        context = {
            "series": series,
            "form": form,
            "parts": parts[:MAX_SORTED],
            "is_too_long": len(parts) > MAX_SORTED,
            "max_sorted": MAX_SORTED,
        }
        return self.render(context, status=status)


class SortSeries(EditSeries):
    """Save the order of the posts of a series."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
        """Save the order of the form, in which a button may move one post up or down."""
        series = get_object_or_404(Series, pk=pk)
        try:
            posts = _uuids(request.POST.getlist("post")[:MAX_SORTED])
            for post in _uuids(request.POST.getlist("up")):
                _move(posts, post, by=-1)
            for post in _uuids(request.POST.getlist("down")):
                _move(posts, post, by=1)
            actions.sort_series(series, posts)
        except ValidationError as error:
            messages.error(request, " ".join(error.messages))
            return self.render_series(series, SeriesForm(instance=series), status=422)
        return redirect("studio:series", pk)


class DeleteSeries(SeriesView):
    """Delete a series without posts."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
        """Delete the series."""
        series = get_object_or_404(Series, pk=pk)
        try:
            actions.delete_series(series)
        except ValidationError as error:
            messages.error(request, " ".join(error.messages))
            return redirect("studio:series", pk)
        messages.success(request, _("Series “%s” deleted.") % series.name)
        return redirect("studio:series-list")


def _uuids(texts: Iterable[str]) -> list[uuid.UUID]:
    """Return the IDs of a form. Raises ValidationError."""
    try:
        return [uuid.UUID(text) for text in texts]
    except ValueError as error:
        raise ValidationError(_("A post is not in this series any more. Try again.")) from error


def _move(posts: list[uuid.UUID], post: uuid.UUID, *, by: int) -> None:
    """Move `post` in the list by one place, unless it is at that end of it."""
    if post in posts:
        place = posts.index(post)
        posts.remove(post)
        posts.insert(max(place + by, 0), post)
