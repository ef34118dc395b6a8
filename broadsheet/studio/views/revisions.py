"""The history of a post: its revisions, what changed, names, restoring."""

import uuid

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from broadsheet.lib import languages
from broadsheet.posts import actions
from broadsheet.posts.models import Post, Revision
from broadsheet.posts.policy import get_editable
from broadsheet.publication.queries import SiteConfig
from broadsheet.studio.forms.revisions import RevisionNameForm
from broadsheet.studio.revisions import RevisionFilter, fold, get_page
from broadsheet.studio.version_changes import VersionChanges
from broadsheet.studio.views.base import StudioView


class RevisionList(StudioView):
    """All revisions, or those that stand out, newest first."""

    template_name = "studio/revisions.html"

    def get(self, request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
        """Show a page of revisions, and the undo of a restored one."""
        post = get_editable(self.user, pk)
        show = request.GET.get("show", "")
        revision_filter = RevisionFilter(show if show in RevisionFilter.values else "")
        before = _number(request, "before")
        revisions, more = get_page(post, before=before, revision_filter=revision_filter)
        context = {
            "post": post,
            "revisions": revisions,
            "sessions": fold(revisions),
            "more": more,
            "revision_filter": revision_filter,
            "filters": RevisionFilter,
            "undo": _number(request, "undo"),
        }
        return self.render(context)


def _number(request: HttpRequest, name: str) -> int | None:
    """Return a number of a version from the query string, or None."""
    text = request.GET.get(name, "")
    return int(text) if _is_number(text) else None


def _is_number(text: str) -> bool:
    return text.isdecimal() and len(text) < 10  # noqa: PLR2004 - the limit of the column


def _get_revision(post: Post, number: int) -> Revision:
    revision: Revision = get_object_or_404(post.revisions.select_related("saved_by"), number=number)
    return revision


def _language(post: Post) -> str:
    return languages.tag_or_empty(post.language) or SiteConfig.current().language


class RevisionDetail(StudioView):
    """A revision, and what changed from another one: the one before, unless `?from=` names one."""

    template_name = "studio/revision.html"

    def get(self, request: HttpRequest, pk: uuid.UUID, number: int) -> HttpResponse:
        """Show the revision."""
        post = get_editable(self.user, pk)
        revision = _get_revision(post, number)
        start = _number(request, "from")
        before = (
            post.revisions.filter(number__lt=number).first()
            if start is None
            else _get_revision(post, start)
        )
        others, _more = get_page(post, before=None)
        if before and before not in others:
            others.append(before)
        context = {
            "post": post,
            "revision": revision,
            "before": before,
            "changes": VersionChanges(before, revision) if before else None,
            "others": others,
            "post_lang": _language(post),
        }
        return self.render(context)


class NameRevision(StudioView):
    """Name a revision, so that it is found and stays."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest, pk: uuid.UUID, number: int) -> HttpResponse:
        """Set or remove the name."""
        revision = _get_revision(get_editable(self.user, pk), number)
        form = RevisionNameForm(request.POST)
        if not form.is_valid():
            messages.error(request, " ".join(map(str, form.errors["name"])))
            return redirect("studio:revision-detail", pk, number)
        try:
            name = actions.name_revision(revision, form.cleaned_data["name"]).name
        except Revision.DoesNotExist:
            messages.error(request, _("This version was saved again in the meantime."))
            return redirect("studio:revision-list", pk)
        text = _("This version is now “%s”.") % name if name else _("The name is removed.")
        messages.success(request, text)
        return redirect("studio:revision-detail", pk, number)


class RestoreRevision(StudioView):
    """Restore a revision as the newest version."""

    template_name = "studio/revision_restore.html"

    def get(self, _request: HttpRequest, pk: uuid.UUID, number: int) -> HttpResponse:
        """Show what would change."""
        post = get_editable(self.user, pk)
        revision = _get_revision(post, number)
        current = post.revisions.first()
        changes = VersionChanges(current, revision, actions.RESTORED_FIELDS) if current else None
        context = {
            "post": post,
            "revision": revision,
            "changes": changes,
            "post_lang": _language(post),
        }
        return self.render(context)

    def post(self, request: HttpRequest, pk: uuid.UUID, number: int) -> HttpResponse:
        """Save its fields as a new version, and offer to undo it; the URL stays."""
        post = get_editable(self.user, pk)
        revision = _get_revision(post, number)
        text = request.POST.get("version", "")
        version = int(text) if _is_number(text) else 0
        history = reverse("studio:revision-list", args=[pk])
        try:
            restored = actions.restore_revision(revision, by=self.user, version=version)
        except actions.EditConflictError as conflict:
            messages.error(request, str(conflict))
            return redirect(history)
        except ValidationError as error:
            messages.error(request, " ".join(error.messages))
            return redirect("studio:revision-detail", pk, number)
        if restored.version == version:
            messages.info(request, _("The post is already like version %d.") % number)
            return redirect(history)
        messages.success(request, _("Version %d restored.") % number)
        return redirect(f"{history}?undo={version}")
