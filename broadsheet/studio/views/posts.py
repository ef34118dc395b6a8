"""The list of posts, and the editor."""

import uuid
from typing import Any, ClassVar

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.encoding import iri_to_uri
from django.utils.translation import gettext as _

from broadsheet.lib import languages
from broadsheet.lib.form_errors import add_errors
from broadsheet.lib.keyset import AFTER, read_cursor
from broadsheet.lib.process_pool import PoolBusyError
from broadsheet.media.actions import upload_by_form
from broadsheet.posts import actions
from broadsheet.posts.models import Post
from broadsheet.posts.policy import can_edit, get_editable, get_restorable
from broadsheet.publication.queries import SiteConfig
from broadsheet.studio import post_list
from broadsheet.studio.edit_conflict import VersionComparison
from broadsheet.studio.editor_texts import EDITOR_TEXTS
from broadsheet.studio.forms.filters import DELETED, PostFilterForm
from broadsheet.studio.forms.posts import PostForm, initial_data, initial_data_of_copy
from broadsheet.studio.preview import Preview
from broadsheet.studio.status_undo import CHANGE, read_token
from broadsheet.studio.views.base import StudioView


class PostListView(StudioView):
    """The posts that the user can edit, last edited first."""

    template_name = "studio/posts.html"
    kind: ClassVar[str] = Post.Kind.POST

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show a page of the list."""
        form = PostFilterForm(request.GET)
        form.is_valid()
        filters = form.cleaned_data
        after = read_cursor(request.GET)
        page = post_list.get_page(self.user, filters, kind=self.kind, after=after)
        context = {
            "form": form,
            # Old links have these; the filter has `tag:` and `by:`.
            "hidden_filters": [
                (name, filters[name]) for name in ("tag", "author", "sort") if filters.get(name)
            ],
            "sort_links": _sort_links(request, filters.get("sort") or post_list.DEFAULT_SORT),
            "kind": self.kind,
            "list_url": request.path,
            "page": page,
            "is_filtered": any(value for name, value in filters.items() if name != "sort"),
            "is_deleted": filters.get("status") == DELETED,
            "is_first": after is None,
            "first_url": _page_url(request, after=None),
            "next_url": page.next and _page_url(request, after=str(page.next)),
            "readable": Post.READABLE,
            "undo": self.deleted_post(request.GET.get("deleted", "")),
        }
        return self.render(context)

    def deleted_post(self, pk: str) -> Post | None:
        """Return the post that was just deleted, if the user can restore it."""
        try:
            return get_restorable(self.user, uuid.UUID(pk))
        except (ValueError, Post.DoesNotExist, PermissionDenied):
            return None


class PageListView(PostListView):
    """The pages, such as About, that the user can edit."""

    kind = Post.Kind.PAGE


def _sort_links(request: HttpRequest, current: str) -> dict[str, dict[str, str]]:
    """Return for each sortable heading its link, and the direction if the list has this order."""
    links: dict[str, dict[str, str]] = {}
    for name, first in (("title", "title"), ("saved", "-saved")):
        is_current = current.removeprefix("-") == name
        opposite = name if current.startswith("-") else f"-{name}"
        query = request.GET.copy()
        for parameter in (AFTER, "deleted"):
            query.pop(parameter, None)
        query["sort"] = opposite if is_current else first
        direction = "descending" if current.startswith("-") else "ascending"
        links[name] = {
            "url": f"?{query.urlencode()}",
            "direction": direction if is_current else "",
        }
    return links


def _page_url(request: HttpRequest, *, after: str | None) -> str:
    query = request.GET.copy()
    for name in (AFTER, "deleted"):
        query.pop(name, None)
    if after:
        query[AFTER] = after
    return f"?{query.urlencode()}" if query else request.path


class PostFormView(StudioView):
    """Base of the editor for new and for existing posts."""

    template_name = "studio/post_edit.html"

    def require_login(self, request: HttpRequest) -> HttpResponse:
        """Show what was written if the session has ended, so that it is not lost."""
        if request.method != "POST":
            return super().require_login(request)
        names = ("title", "subtitle", "content", "excerpt", "tags")
        fields = [(PostForm.base_fields[name], name, request.POST.get(name, "")) for name in names]
        context = {"fields": [field for field in fields if field[2].strip()]}
        return render(request, "studio/logged_out.html", context, status=403)

    def form_expired(self, request: HttpRequest, pk: uuid.UUID | None = None) -> HttpResponse:
        """Show the form again if its CSRF token is invalid; `csrf_failure` calls this."""
        if response := self.check_policy(request):
            return response
        try:
            post = None if pk is None else get_editable(self.user, pk)
        except Post.DoesNotExist as error:  # `dispatch`, which does this, was not called
            raise Http404(str(error)) from error
        form = self.get_form(post, request.POST)
        form.add_error(
            None,
            _(
                "This form was open for too long, or your browser lost its cookies. Your "
                "changes are still here: save again. If you chose a cover, choose it again."
            ),
        )
        return self.render_form(form, post=post, status=403)

    def get_form(self, post: Post | None, *data: Any, **kwargs: Any) -> PostForm:
        """Return the form in the language of the post, or else of the site."""
        language = (post and languages.tag_or_empty(post.language)) or SiteConfig.current().language
        return PostForm(*data, user=self.user, language=language, post=post, **kwargs)

    def render_form(self, form: PostForm, *, status: int = 200, **context: Any) -> HttpResponse:
        """Show the form."""
        return self.render({"form": form, "editor_texts": EDITOR_TEXTS, **context}, status=status)

    def handle(self, form: PostForm, post: Post | None) -> HttpResponse:
        """Preview or save the form; show it again after any error."""
        try:
            return self._preview_or_save(form, post)
        except PoolBusyError as busy:
            form.add_error(
                None,
                _("The site is too busy at the moment. Wait a moment, then try again."),
            )
            response = self.render_form(form, post=post, status=503)
            response.headers["Retry-After"] = str(busy.seconds)
            return response

    def _preview_or_save(self, form: PostForm, post: Post | None) -> HttpResponse:
        if "preview" in self.request.POST:
            posted = self.request.POST
            preview = Preview.of(posted.get("content", ""), posted.get("language", ""))
            return self.render_form(form, post=post, preview=preview)
        if form.is_valid():
            try:
                self.upload_cover(form)
                saved = self.save(form, post)
            except actions.EditConflictError as conflict:
                comparison = VersionComparison(conflict.current, form.changes())
                return self.render_form(form, post=post, conflict=comparison, status=409)
            except ValidationError as error:
                add_errors(form, error, {"file": "cover_file"})
            else:
                return self.redirect_after(saved)
        return self.render_form(form, post=post, status=422)

    def save(self, form: PostForm, post: Post | None) -> Post:
        """Save the form. Raises EditConflictError and ValidationError."""
        raise NotImplementedError

    def upload_cover(self, form: PostForm) -> None:
        """Upload the cover, and put it into the form's data in case the form is shown again."""
        file = form.cleaned_data["cover_file"]
        if file is None:
            return
        alt = form.cleaned_data["cover_alt"]
        image = upload_by_form(file, name=file.name, by=self.user, alt=alt)
        form.cleaned_data["cover"] = image
        data = self.request.POST.copy()
        data["cover"] = str(image.pk)
        form.data = data

    def redirect_after(self, post: Post) -> HttpResponse:
        """Redirect to the editor, or to publishing."""
        if not can_edit(self.user, post):  # the user removed themselves from the authors
            return redirect("studio:posts")
        if "publish" in self.request.POST:
            return redirect("studio:post-publish", post.pk)
        messages.success(self.request, _("Saved as version %d.") % post.version)
        if post.dropped:
            names = ", ".join(post.dropped)
            messages.warning(self.request, _("Not shown to visitors: %s.") % names)
        return redirect("studio:post-edit", post.pk)


class CreatePost(PostFormView):
    """Create a post."""

    def get(self, _request: HttpRequest) -> HttpResponse:
        """Show an empty form."""
        is_page = self.request.GET.get("kind") == Post.Kind.PAGE
        kind = Post.Kind.PAGE if is_page else Post.Kind.POST
        initial = {"authors": self.user.username, "kind": kind, "shows_contents": not is_page}
        return self.render_form(self.get_form(None, initial=initial))

    def post(self, request: HttpRequest) -> HttpResponse:
        """Create the post."""
        return self.handle(self.get_form(None, request.POST, request.FILES), None)

    def save(self, form: PostForm, post: Post | None) -> Post:  # noqa: ARG002 - the base class's signature
        """Create the post."""
        return actions.create(by=self.user, **form.changes())


class EditPost(PostFormView):
    """Edit an existing post."""

    def get(self, _request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
        """Show the current version, or the user's working copy."""
        post = get_editable(self.user, pk)
        working = post.working_copies.filter(user=self.user).first()
        initial = initial_data_of_copy(post, working) if working else initial_data(post)
        form = self.get_form(post, initial=initial)
        token = self.request.GET.get(CHANGE, "")
        change = token if token and read_token(post, token) else ""
        post_url = str(iri_to_uri(settings.SITE_URL + post.get_absolute_url()))
        return self.render_form(
            form, post=post, working_copy=working, change=change, post_url=post_url
        )

    def post(self, request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
        """Save a new version, unless someone else has saved one."""
        post = get_editable(self.user, pk)
        return self.handle(self.get_form(post, request.POST, request.FILES), post)

    def save(self, form: PostForm, post: Post | None) -> Post:
        """Save over the version that was edited, or that the user chose to overwrite."""
        if post is None:  # never: for mypy
            raise Http404
        version = form.cleaned_data["overwritten_version"] or form.cleaned_data["version"] or 0
        return actions.update(post, by=self.user, version=version, **form.changes())
