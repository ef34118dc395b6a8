"""Preview links of a post: list, create, revoke."""

import uuid
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from broadsheet.lib.form_errors import add_errors
from broadsheet.posts import actions
from broadsheet.posts.models import Post
from broadsheet.posts.policy import get_editable
from broadsheet.studio.forms.preview_links import PreviewLinkForm
from broadsheet.studio.views.base import StudioView

#: Links that the page shows, the newest first. More than can work at the same time.
MAX_ROWS = 100


class PreviewLinkList(StudioView):
    """The preview links of a post, newest first, and a form for a new one."""

    template_name = "studio/preview_links.html"

    def get(self, _request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
        """Show the links."""
        return self.render_list(get_editable(self.user, pk), PreviewLinkForm())

    def post(self, request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
        """Create a link. It is shown only once."""
        post = get_editable(self.user, pk)
        form = PreviewLinkForm(request.POST)
        if form.is_valid():
            try:
                _link, token = actions.create_preview_link(
                    post,
                    by=self.user,
                    expires_at=form.expires_at(),
                    name=form.cleaned_data["name"],
                )
            except ValidationError as error:
                add_errors(form, error)
            else:
                path = reverse("public:shared-preview", args=[token])
                url = request.build_absolute_uri(path)
                return self.render_list(post, PreviewLinkForm(), link=url, status=201)
        return self.render_list(post, form, status=422)

    def render_list(
        self, post: Post, form: PreviewLinkForm, *, status: int = 200, **context: Any
    ) -> HttpResponse:
        """Show the links and the form."""
        links = post.preview_links.select_related("created_by")[:MAX_ROWS]
        context |= {"post": post, "form": form, "links": links}
        return self.render(context, status=status)


class RevokePreviewLink(StudioView):
    """Revoke a preview link."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest, pk: uuid.UUID, link: uuid.UUID) -> HttpResponse:
        """Revoke the link."""
        post = get_editable(self.user, pk)
        actions.revoke_preview_link(get_object_or_404(post.preview_links, pk=link))
        messages.success(request, _("The link no longer works."))
        return redirect("studio:preview-links", pk)
