"""Saving while someone writes: JSON for the editor's script."""

import uuid
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from broadsheet.lib.process_pool import PoolBusyError
from broadsheet.posts import actions
from broadsheet.posts.models import Post
from broadsheet.posts.policy import get_editable
from broadsheet.posts.queries import other_writers
from broadsheet.studio.forms.autosave import AutosaveForm, NewAutosaveForm
from broadsheet.studio.views.base import StudioView


class AutosaveView(StudioView):
    """Base of the views that save texts; errors are JSON, too."""

    http_method_names = ["post"]

    def require_login(self, _request: HttpRequest) -> HttpResponse:
        """Tell the script that the session has ended: it stores the text in the browser."""
        return JsonResponse({"message": _("Logged out")}, status=401)

    def handle(self, form: AutosaveForm, post: Post | None) -> HttpResponse:
        """Save the texts; answer what the next request has to name."""
        if not form.is_valid():
            return JsonResponse({"errors": form.errors}, status=422)
        try:
            return JsonResponse(self.save(form, post))
        except actions.EditConflictError as conflict:
            return JsonResponse({"message": str(conflict)}, status=409)
        except ValidationError as error:
            return JsonResponse({"errors": error.messages}, status=422)
        except PoolBusyError as busy:
            return JsonResponse({}, status=503, headers={"Retry-After": str(busy.seconds)})

    def save(self, form: AutosaveForm, post: Post | None) -> dict[str, Any]:
        """Save the texts. Raises EditConflictError, ValidationError and PoolBusyError."""
        raise NotImplementedError


def _describe(result: actions.Autosave, post: Post, others: list[str]) -> dict[str, Any]:
    at = date_format(timezone.localtime(result.saved_at), "TIME_FORMAT")
    if result.is_outdated:
        message = _("Conflict: someone saved another version. Your text is safe.")
    elif result.copy:
        message = _("Saved %s, not public yet") % at
    else:
        message = _("Saved %s") % at
    if others:
        message += " · " + _("Also writing: %s") % ", ".join(others)
    return {
        "id": str(post.pk),
        "version": result.version,
        "copy": result.copy,
        "saved_at": result.saved_at.isoformat(),
        "is_outdated": result.is_outdated,
        "others": others,
        "message": message,
    }


class AutosavePost(AutosaveView):
    """Save the texts of a draft, or of the user's working copy of another post."""

    def post(self, request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
        """Save the texts."""
        return self.handle(AutosaveForm(request.POST), get_editable(self.user, pk))

    def save(self, form: AutosaveForm, post: Post | None) -> dict[str, Any]:
        """Save the texts over those that the window knows."""
        if post is None:  # never: for mypy
            raise Post.DoesNotExist
        version, copy = form.cleaned_data["version"], form.cleaned_data["copy"] or 0
        texts = form.texts(content_before=post.content)
        result = actions.autosave(post, by=self.user, version=version, copy=copy, **texts)
        post.version = result.version
        return _describe(result, post, other_writers(post, self.user))


class AutosaveNewPost(AutosaveView):
    """Create a draft from the first texts of a new post."""

    def post(self, request: HttpRequest) -> HttpResponse:
        """Create the draft."""
        return self.handle(NewAutosaveForm(request.POST), None)

    def save(self, form: AutosaveForm, post: Post | None) -> dict[str, Any]:  # noqa: ARG002 - the base class's signature
        """Create the draft; answer also where it is edited from now on."""
        draft = actions.create(by=self.user, **form.texts())
        result = actions.Autosave(draft.version, 0, draft.updated_at, is_outdated=False)
        return {
            **_describe(result, draft, []),
            "edit_url": reverse("studio:post-edit", args=[draft.pk]),
            "autosave_url": reverse("studio:post-autosave", args=[draft.pk]),
        }


class DiscardWorkingCopy(StudioView):
    """Discard the changes of a post that were autosaved and not published."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
        """Delete the user's working copy, and show the saved post."""
        actions.discard(get_editable(self.user, pk), by=self.user)
        messages.success(request, _("Your unpublished changes were discarded."))
        return redirect("studio:post-edit", pk)
