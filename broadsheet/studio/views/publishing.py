"""Publishing, withdrawing, deleting and bringing back: all by POST."""

import uuid
from collections.abc import Callable
from typing import Any, ClassVar

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from broadsheet.lib.form_errors import add_errors
from broadsheet.posts import actions
from broadsheet.posts.models import Post
from broadsheet.posts.policy import get_deletable, get_publishable, get_restorable
from broadsheet.studio.access import StudioView
from broadsheet.studio.forms.posts import PublishForm
from broadsheet.studio.templatetags.times import told


class PublishPost(StudioView):
    """Who may read a post, and from when."""

    template_name = "studio/post_publish.html"

    def get(self, _request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
        """Say where the post stands and what can be done."""
        post = get_publishable(self.user, pk)
        at = post.pub_date if post.status == Post.Status.SCHEDULED else None
        return self.page({"post": post, "form": PublishForm(initial={"at": at})})

    def post(self, request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
        """Publish it, now or when its time comes."""
        post = get_publishable(self.user, pk)
        form = PublishForm(request.POST)
        if form.is_valid():
            try:
                post = actions.publish(post, by=self.user, at=form.cleaned_data["at"])
            except ValidationError as error:
                add_errors(form, error)
            else:
                messages.success(request, _outcome(post))
                return redirect("studio:post-edit", pk)
        return self.page({"post": post, "form": form}, status=422)


def _outcome(post: Post) -> str:
    if post.status == Post.Status.SCHEDULED and post.pub_date is not None:
        return _("“%(title)s” is scheduled for %(at)s.") % {
            "title": post.title,
            "at": told(post.pub_date),
        }
    return with_link(_("“%s” is published.") % post.title, post)


def with_link(text: str, post: Post) -> str:
    """Return `text` and, where anyone may read the post, the way to it."""
    if not post.is_readable:
        return text
    return format_html('{} <a href="{}">{}</a>', text, post.get_absolute_url(), _("View post"))


class StatusChangeView(StudioView):
    """A change of status that needs nothing but a click."""

    http_method_names = ["post"]
    action: ClassVar[Callable[..., Post]]
    outcome: ClassVar[Any]

    def post(self, request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
        """Do it, and say so on the post's page."""
        post = get_publishable(self.user, pk)
        try:
            post = type(self).action(post, by=self.user)
        except ValidationError as error:
            messages.error(request, " ".join(error.messages))
            return redirect("studio:post-publish", pk)
        messages.success(request, with_link(self.outcome % post.title, post))
        return redirect("studio:post-edit", post.pk)


class UnlistPost(StatusChangeView):
    """Only those who have the address read it."""

    action = staticmethod(actions.unlist)
    outcome = gettext_lazy("“%s” is unlisted: only people with the link can read it.")


class ArchivePost(StatusChangeView):
    """Out of the lists for good, its address alive."""

    action = staticmethod(actions.archive)
    outcome = gettext_lazy("“%s” is archived: it is no longer listed, but its URL still works.")


class UnpublishPost(StatusChangeView):
    """A draft again."""

    action = staticmethod(actions.unpublish)
    outcome = gettext_lazy("“%s” is a draft again. It is no longer public.")


class DeletePost(StudioView):
    """Out of sight, with a way back."""

    http_method_names = ["post"]

    def post(self, _request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
        """Delete it, and offer to undo that."""
        post = actions.delete(get_deletable(self.user, pk), by=self.user)
        return redirect(f"{reverse('studio:posts')}?deleted={post.pk}")


class RestorePost(StudioView):
    """The way back."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
        """Bring it back as it was."""
        post = actions.restore(get_restorable(self.user, pk), by=self.user)
        messages.success(request, with_link(_("“%s” is restored.") % post.title, post))
        return redirect("studio:post-edit", post.pk)
