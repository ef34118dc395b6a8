"""Previews: of unsaved text, and of a saved post."""

import uuid

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from broadsheet.lib import languages
from broadsheet.posts.policy import get_editable
from broadsheet.publication.queries import SiteConfig
from broadsheet.studio.preview import Preview
from broadsheet.studio.views.base import StudioView


class TextPreview(StudioView):
    """Only the rendered text, for the editor's script."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest) -> HttpResponse:
        """Render the text; save nothing."""
        preview = Preview.of(request.POST.get("content", ""), request.POST.get("language", ""))
        status = 422 if preview.error else 200
        return render(request, "studio/preview.html", {"preview": preview}, status=status)


class PostPreview(StudioView):
    """The page as visitors will see it."""

    template_name = "studio/post_preview.html"

    def get(self, _request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
        """Show the saved version."""
        post = get_editable(self.user, pk)
        language = languages.tag_or_empty(post.language) or SiteConfig.current().language
        direction = languages.text_direction(language)
        return self.render({"post": post, "post_lang": language, "post_dir": direction})
