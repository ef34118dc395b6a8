"""Changes of a post's status: publish, unlist, archive, unpublish, delete, restore."""

import uuid
from collections.abc import Callable
from typing import Any, ClassVar

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.html import format_html
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from broadsheet.lib.form_errors import add_errors
from broadsheet.posts import actions, publish_checks
from broadsheet.posts.models import Post
from broadsheet.posts.policy import get_deletable, get_publishable, get_restorable
from broadsheet.studio.forms.publish import PublishForm
from broadsheet.studio.status_undo import CHANGE, StatusState, make_token, read_token, undo
from broadsheet.studio.templatetags.times import format_scheduled
from broadsheet.studio.views.base import StudioView


class PublishPost(StudioView):
    """Page to change the status of a post and its publication date."""

    template_name = "studio/post_publish.html"

    def get(self, _request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
        """Show the status and the possible changes."""
        post = get_publishable(self.user, pk)
        return self.render_form(post, PublishForm(post=post))

    def post(self, request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
        """Publish the post, now or at a time, for everyone or for people with the link."""
        post = get_publishable(self.user, pk)
        before = StatusState.of(post)
        form = PublishForm(request.POST, post=post)
        if form.is_valid():
            try:
                post = self.publish(post, form)
            except ValidationError as error:
                add_errors(form, error)
            else:
                messages.success(request, _published_message(post))
                return redirect_to_editor(post, before)
        return self.render_form(post, form, status=422)

    def publish(self, post: Post, form: PublishForm) -> Post:
        """Change the post as the form says."""
        if form.cleaned_data["readers"] == PublishForm.Readers.LINK:
            return actions.unlist(post, by=self.user)
        return actions.publish(post, by=self.user, at=form.cleaned_data["at"])

    def render_form(self, post: Post, form: PublishForm, *, status: int = 200) -> HttpResponse:
        """Show the form with hints about the post."""
        hints = publish_checks.check(post)
        return self.render({"post": post, "form": form, "hints": hints}, status=status)


def redirect_to_editor(post: Post, before: StatusState) -> HttpResponse:
    """Redirect to the editor, which offers to undo the change of status, if there was one."""
    url = reverse("studio:post-edit", args=[post.pk])
    if before == StatusState.of(post):
        return redirect(url)
    return redirect(f"{url}?{urlencode({CHANGE: make_token(post, before)})}")


_UNLISTED = gettext_lazy("“%s” is unlisted: only people with the link can read it.")


def _published_message(post: Post) -> str:
    if post.status == Post.Status.SCHEDULED and post.pub_date is not None:
        return _("“%(title)s” is scheduled for %(at)s.") % {
            "title": post.title,
            "at": format_scheduled(post.pub_date),
        }
    if post.status == Post.Status.UNLISTED:
        return with_link(_UNLISTED % post.title, post)
    return with_link(_("“%s” is published.") % post.title, post)


def with_link(text: str, post: Post) -> str:
    """Return `text` with a link to the post, if it is public."""
    if not post.is_readable:
        return text
    return format_html('{} <a href="{}">{}</a>', text, post.get_absolute_url(), _("View post"))


class StatusChangeView(StudioView):
    """A change of status without a form."""

    http_method_names = ["post"]
    action: ClassVar[Callable[..., Post]]
    message: ClassVar[Any]

    def post(self, request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
        """Change the status, and confirm it in the editor."""
        post = get_publishable(self.user, pk)
        before = StatusState.of(post)
        try:
            post = type(self).action(post, by=self.user)
        except ValidationError as error:
            messages.error(request, " ".join(error.messages))
            return redirect("studio:post-publish", pk)
        messages.success(request, with_link(self.message % post.title, post))
        return redirect_to_editor(post, before)


class UnlistPost(StatusChangeView):
    """Publish a post only for people with the link."""

    action = staticmethod(actions.unlist)
    message = _UNLISTED


class ArchivePost(StatusChangeView):
    """Remove a post from lists; its URL still works."""

    action = staticmethod(actions.archive)
    message = gettext_lazy("“%s” is archived: it is no longer listed, but its URL still works.")


class UnpublishPost(StatusChangeView):
    """Make a post a draft again."""

    action = staticmethod(actions.unpublish)
    message = gettext_lazy("“%s” is a draft again. It is no longer public.")


class UndoStatusChange(StudioView):
    """Undo the last change of a post's status."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
        """Give the post the status that it had before, if nothing has changed since."""
        post = get_publishable(self.user, pk)
        before = read_token(post, request.POST.get(CHANGE, ""))
        try:
            if before is None:
                raise ValidationError(_("The status has changed since. It cannot be undone."))
            post = undo(post, before, by=self.user)
        except ValidationError as error:
            messages.error(request, " ".join(error.messages))
        else:
            text = _("Undone. “%(title)s” is as before: %(status)s.")
            values = {"title": post.title, "status": post.get_status_display()}
            messages.success(request, text % values)
        return redirect("studio:post-edit", pk)


class DeletePost(StudioView):
    """Delete a post."""

    http_method_names = ["post"]

    def post(self, _request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
        """Delete the post, and offer to undo it."""
        post = actions.delete(get_deletable(self.user, pk), by=self.user)
        posts = reverse("studio:pages" if post.is_page else "studio:posts")
        return redirect(f"{posts}?deleted={post.pk}")


class RestorePost(StudioView):
    """Restore a deleted post."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
        """Restore the post with its status."""
        post = actions.restore(get_restorable(self.user, pk), by=self.user)
        messages.success(request, with_link(_("“%s” is restored.") % post.title, post))
        return redirect("studio:post-edit", post.pk)
