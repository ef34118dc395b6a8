"""Revisions of a post: list, comparison, restore."""

import uuid

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _

from broadsheet.posts import actions
from broadsheet.posts.policy import get_editable
from broadsheet.studio.edit_conflict import compare
from broadsheet.studio.revisions import fields_to_restore, get_page
from broadsheet.studio.views.base import StudioView


class RevisionList(StudioView):
    """All revisions, newest first."""

    template_name = "studio/revisions.html"

    def get(self, request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
        """Show a page of revisions."""
        post = get_editable(self.user, pk)
        before = request.GET.get("before", "")
        revisions, more = get_page(post, before=int(before) if _is_number(before) else None)
        return self.render({"post": post, "revisions": revisions, "more": more})


def _is_number(text: str) -> bool:
    return text.isdecimal() and len(text) < 10  # noqa: PLR2004 - the limit of the column


class RevisionDetail(StudioView):
    """A revision, and its differences from the current version."""

    template_name = "studio/revision.html"

    def get(self, _request: HttpRequest, pk: uuid.UUID, number: int) -> HttpResponse:
        """Show the revision."""
        post = get_editable(self.user, pk)
        revision = get_object_or_404(post.revisions.select_related("saved_by"), number=number)
        lines = compare(post.content, revision.content)
        return self.render({"post": post, "revision": revision, "lines": lines})


class RestoreRevision(StudioView):
    """Restore a revision as the newest version."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest, pk: uuid.UUID, number: int) -> HttpResponse:
        """Save its fields as a new version; the URL stays."""
        post = get_editable(self.user, pk)
        revision = get_object_or_404(post.revisions, number=number)
        text = request.POST.get("version", "")
        try:
            version = int(text) if _is_number(text) else 0
            actions.edit(post, by=self.user, version=version, **fields_to_restore(revision))
        except actions.EditConflictError as conflict:
            messages.error(request, str(conflict))
            return redirect("studio:revision-list", pk)
        except ValidationError as error:
            messages.error(request, " ".join(error.messages))
            return redirect("studio:revision-detail", pk, number)
        messages.success(request, _("Version %d restored.") % number)
        return redirect("studio:post-edit", pk)
