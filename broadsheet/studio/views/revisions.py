"""The versions of a post: what changed, and the way back to one."""

import uuid

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _

from broadsheet.posts import actions
from broadsheet.posts.policy import get_editable
from broadsheet.studio.access import StudioView
from broadsheet.studio.conflict import compare
from broadsheet.studio.revisions import contents, page_of


class RevisionList(StudioView):
    """Every saved version, the latest first."""

    template_name = "studio/revisions.html"

    def get(self, request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
        """Show one page of them."""
        post = get_editable(self.user, pk)
        before = request.GET.get("before", "")
        revisions, more = page_of(post, before=int(before) if _is_number(before) else None)
        return self.page({"post": post, "revisions": revisions, "more": more})


def _is_number(text: str) -> bool:
    return text.isdecimal() and len(text) < 10  # noqa: PLR2004 - what the column holds


class RevisionPage(StudioView):
    """One version, and how it differs from the post as it is now."""

    template_name = "studio/revision.html"

    def get(self, _request: HttpRequest, pk: uuid.UUID, number: int) -> HttpResponse:
        """Show it."""
        post = get_editable(self.user, pk)
        revision = get_object_or_404(post.revisions.select_related("saved_by"), number=number)
        lines = compare(post.content, revision.content)
        return self.page({"post": post, "revision": revision, "lines": lines})


class RestoreRevision(StudioView):
    """Back to an earlier version, which becomes the newest."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest, pk: uuid.UUID, number: int) -> HttpResponse:
        """Save its texts as a new version of the post; the address stays."""
        post = get_editable(self.user, pk)
        revision = get_object_or_404(post.revisions, number=number)
        read = request.POST.get("version", "")
        try:
            version = int(read) if _is_number(read) else 0
            actions.edit(post, by=self.user, version=version, **contents(revision))
        except actions.EditConflictError as conflict:
            messages.error(request, str(conflict))
            return redirect("studio:revision-list", pk)
        except ValidationError as error:
            messages.error(request, " ".join(error.messages))
            return redirect("studio:revision-page", pk, number)
        messages.success(request, _("Version %d restored.") % number)
        return redirect("studio:post-edit", pk)
