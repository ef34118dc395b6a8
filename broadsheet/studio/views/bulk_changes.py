"""Bulk changes: select posts, confirm, follow the progress, undo."""

import uuid
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from broadsheet.lib.form_errors import add_errors
from broadsheet.posts import actions, bulk_progress
from broadsheet.posts.models import BulkChange, Post
from broadsheet.posts.policy import get_bulk_change
from broadsheet.studio.forms.bulk_changes import BulkChangeForm, read_posts
from broadsheet.studio.views.base import StudioView


class CreateBulkChange(StudioView):
    """Confirm and request a change of the selected posts."""

    http_method_names = ["post"]
    template_name = "studio/bulk_change_confirm.html"

    def post(self, request: HttpRequest) -> HttpResponse:
        """Show what will be changed, or request it once it is confirmed."""
        posts = read_posts(request.POST)
        if not posts:
            messages.error(request, _("Select at least one post."))
            return redirect("studio:posts")
        verb = request.POST.get("verb", "")
        if verb not in BulkChange.Verb:
            return redirect("studio:posts")
        if "confirmed" not in request.POST:
            return self.render_form(BulkChangeForm(verb=verb), posts)
        form = BulkChangeForm(request.POST, verb=verb)
        if form.is_valid():
            try:
                bulk = actions.create_bulk_change(posts, by=self.user, **form.cleaned_data)
            except ValidationError as error:
                add_errors(form, error)
            else:
                return redirect("studio:bulk-change", bulk.pk)
        return self.render_form(form, posts, status=422)

    def render_form(
        self, form: BulkChangeForm, posts: list[uuid.UUID], *, status: int = 200
    ) -> HttpResponse:
        """Show the form with the posts that the user can see."""
        rows = Post.objects.visible_to(self.user).filter(pk__in=posts)
        titles = list(rows.only("pk", "title", "slug").order_by("-updated_at", "-id"))
        verb = BulkChange.Verb(form["verb"].value())
        context = {"form": form, "verb": verb, "posts": titles, "count": len(titles)}
        return self.render(context, status=status)


class BulkChangeDetail(StudioView):
    """The progress and the result of a bulk change."""

    template_name = "studio/bulk_change.html"

    def get(self, _request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
        """Show the progress."""
        bulk = get_bulk_change(self.user, pk)
        context: dict[str, Any] = {"bulk": bulk, "progress": bulk_progress.of(bulk)}
        return self.render(context)


class UndoBulkChange(StudioView):
    """Undo a bulk change."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
        """Request that the posts get back what they had before."""
        bulk = get_bulk_change(self.user, pk)
        try:
            actions.undo_bulk_change(bulk)
        except ValidationError as error:
            messages.error(request, " ".join(error.messages))
        return redirect("studio:bulk-change", pk)
