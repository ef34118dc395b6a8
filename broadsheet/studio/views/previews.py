"""How a text will look: what is being typed, and what was saved."""

import uuid

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from broadsheet.lib import languages
from broadsheet.posts.policy import get_editable
from broadsheet.publication.queries import SiteConfig
from broadsheet.studio.access import StudioView
from broadsheet.studio.preview import Preview


class TypedPreview(StudioView):
    """The rendered text alone, for the page that is being written on."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest) -> HttpResponse:
        """Render what was typed; nothing is saved."""
        preview = Preview.of(request.POST.get("content", ""), request.POST.get("language", ""))
        status = 422 if preview.refusal else 200
        return render(request, "studio/preview.html", {"preview": preview}, status=status)


class SavedPreview(StudioView):
    """A whole page as readers will see it."""

    template_name = "studio/post_preview.html"

    def get(self, _request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
        """Show the saved version."""
        post = get_editable(self.user, pk)
        language = languages.tag_or_empty(post.language) or SiteConfig.current().language
        direction = languages.text_direction(language)
        return self.page({"post": post, "post_lang": language, "post_dir": direction})
