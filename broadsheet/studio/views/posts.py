"""The list of posts, and writing them."""

import uuid
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from broadsheet.lib import languages
from broadsheet.lib.cursor import Cursor
from broadsheet.lib.form_errors import add_errors
from broadsheet.lib.process_pool import PoolBusyError
from broadsheet.media.actions import upload_by_form
from broadsheet.posts import actions
from broadsheet.posts.models import Post
from broadsheet.posts.policy import can_edit, can_name_authors, get_editable, get_restorable
from broadsheet.publication.queries import SiteConfig
from broadsheet.studio import listing
from broadsheet.studio.access import StudioView
from broadsheet.studio.conflict import Comparison
from broadsheet.studio.forms.lists import DELETED, PostFilterForm
from broadsheet.studio.forms.posts import PostForm, filled_in
from broadsheet.studio.preview import Preview


class PostListView(StudioView):
    """What one works on, the latest first."""

    template_name = "studio/posts.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show one page of the list."""
        form = PostFilterForm(request.GET)
        form.is_valid()
        filters = form.cleaned_data
        try:
            after = Cursor.parse(request.GET["after"]) if request.GET.get("after") else None
        except ValueError as error:
            raise Http404(_("This page of the list does not exist.")) from error
        if not can_name_authors(self.user):
            del form.fields["whose"]
        page = listing.find(self.user, filters, after=after)
        context = {
            "form": form,
            "page": page,
            "is_filtered": any(filters.values()),
            "is_deleted": filters.get("status") == DELETED,
            "is_first": after is None,
            "first_url": _with(request, after=None),
            "next_url": page.next and _with(request, after=str(page.next)),
            "readable": Post.READABLE,
            "undo": self.undo(request.GET.get("deleted", "")),
        }
        return self.page(context)

    def undo(self, pk: str) -> Post | None:
        """Return the post that was deleted just now, where it can still be brought back."""
        try:
            return get_restorable(self.user, uuid.UUID(pk))
        except (ValueError, Post.DoesNotExist, PermissionDenied):
            return None


def _with(request: HttpRequest, *, after: str | None) -> str:
    query = request.GET.copy()
    for name in ("after", "deleted"):
        query.pop(name, None)
    if after:
        query["after"] = after
    return f"?{query.urlencode()}" if query else request.path


class PostFormView(StudioView):
    """What new and existing posts have in common: the form, saving, the preview."""

    template_name = "studio/post_edit.html"

    def log_in_first(self, request: HttpRequest) -> HttpResponse:
        """Lose no text of somebody whose session has ended: show it with what to do."""
        if request.method != "POST":
            return super().log_in_first(request)
        context = {"content": request.POST.get("content", "")}
        return render(request, "studio/logged_out.html", context, status=403)

    def form_expired(self, request: HttpRequest, pk: uuid.UUID | None = None) -> HttpResponse:
        """Show what was typed once more when the form's token or the cookies are gone."""
        if not request.user.is_authenticated:
            return self.log_in_first(request)
        if not self.is_allowed(request.user):
            raise PermissionDenied(str(self.refusal))
        try:
            post = None if pk is None else get_editable(self.user, pk)
        except Post.DoesNotExist as error:  # `dispatch`, which answers it, was not reached
            raise Http404(str(error)) from error
        form = self.form(post, request.POST)
        form.add_error(
            None,
            _(
                "This form was open for too long, or your browser lost its cookies. Your "
                "changes are still here: save again. If you chose a cover, choose it again."
            ),
        )
        return self.show(form, post=post, status=403)

    def form(self, post: Post | None, *data: Any, **kwargs: Any) -> PostForm:
        """Return the form for a text in the post's language, or else in the site's."""
        language = (post and languages.tag_or_empty(post.language)) or SiteConfig.current().language
        return PostForm(*data, user=self.user, language=language, post=post, **kwargs)

    def show(self, form: PostForm, *, status: int = 200, **context: Any) -> HttpResponse:
        """Show the form."""
        return self.page({"form": form, **context}, status=status)

    def respond(self, form: PostForm, post: Post | None) -> HttpResponse:
        """Preview or save what was typed; whatever happens, it is not lost."""
        try:
            return self._respond(form, post)
        except PoolBusyError as busy:
            form.add_error(
                None,
                _("The site is too busy at the moment. Wait a moment, then try again."),
            )
            response = self.show(form, post=post, status=503)
            response.headers["Retry-After"] = str(busy.seconds)
            return response

    def _respond(self, form: PostForm, post: Post | None) -> HttpResponse:
        if "preview" in self.request.POST:
            posted = self.request.POST
            preview = Preview.of(posted.get("content", ""), posted.get("language", ""))
            return self.show(form, post=post, preview=preview)
        if form.is_valid():
            try:
                self.keep_cover(form)
                saved = self.save(form, post)
            except actions.EditConflictError as conflict:
                comparison = Comparison(conflict.current, form.changes())
                return self.show(form, post=post, conflict=comparison, status=409)
            except ValidationError as error:
                add_errors(form, error, {"file": "cover_file"})
            else:
                return self.go_on(saved)
        return self.show(form, post=post, status=422)

    def save(self, form: PostForm, post: Post | None) -> Post:
        """Save what was typed. Raises Conflict and ValidationError."""
        raise NotImplementedError

    def keep_cover(self, form: PostForm) -> None:
        """Upload a chosen cover, and remember it in the form in case it is shown again."""
        file = form.cleaned_data["cover_file"]
        if file is None:
            return
        alt = form.cleaned_data["cover_alt"]
        image = upload_by_form(file, name=file.name, by=self.user, alt=alt)
        form.cleaned_data["cover"] = image
        data = self.request.POST.copy()
        data["cover"] = str(image.pk)
        form.data = data

    def go_on(self, post: Post) -> HttpResponse:
        """Stay with the post, or go on to publishing it."""
        if not can_edit(self.user, post):  # an editor's choice of authors cannot lock them out
            return redirect("studio:posts")
        if "publish" in self.request.POST:
            return redirect("studio:post-publish", post.pk)
        messages.success(self.request, _("Saved as version %d.") % post.version)
        if post.dropped:
            names = ", ".join(post.dropped)
            messages.warning(self.request, _("Not shown to readers: %s.") % names)
        return redirect("studio:post-edit", post.pk)


class CreatePost(PostFormView):
    """A post that begins."""

    def get(self, _request: HttpRequest) -> HttpResponse:
        """Show an empty form."""
        return self.show(self.form(None, initial={"authors": self.user.username}))

    def post(self, request: HttpRequest) -> HttpResponse:
        """Create the post."""
        return self.respond(self.form(None, request.POST, request.FILES), None)

    def save(self, form: PostForm, post: Post | None) -> Post:  # noqa: ARG002 - there is none yet
        """Create the post."""
        return actions.create(by=self.user, **form.changes())


class EditPost(PostFormView):
    """A post that goes on."""

    def get(self, _request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
        """Show the post as it is now."""
        post = get_editable(self.user, pk)
        return self.show(self.form(post, initial=filled_in(post)), post=post)

    def post(self, request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
        """Save a new version, unless somebody else did meanwhile."""
        post = get_editable(self.user, pk)
        return self.respond(self.form(post, request.POST, request.FILES), post)

    def save(self, form: PostForm, post: Post | None) -> Post:
        """Save over the version that was read, or the one that was looked at and rejected."""
        if post is None:  # `post` above always gives one
            raise Http404
        read = form.cleaned_data["over"] or form.cleaned_data["version"] or 0
        return actions.edit(post, by=self.user, version=read, **form.changes())
