"""Uploading an image."""

from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext_lazy as _

from broadsheet.lib.form_errors import add_errors
from broadsheet.media.actions import upload_by_form
from broadsheet.media.models import Image
from broadsheet.media.policy import can_upload
from broadsheet.studio.forms.images import ImageForm, image_markdown
from broadsheet.studio.views.base import StudioView


class UploadImage(StudioView):
    """An upload form, and a JSON interface for the editor."""

    template_name = "studio/image_upload.html"
    policy = staticmethod(can_upload)
    denial = _("Only authors can upload images. Ask an owner of this site to make you an author.")

    def get(self, _request: HttpRequest) -> HttpResponse:
        """Show the form."""
        return self.render({"form": ImageForm()})

    def post(self, request: HttpRequest) -> HttpResponse:
        """Save the image, and return its Markdown."""
        form = ImageForm(request.POST, request.FILES)
        if form.is_valid():
            file, alt = form.cleaned_data["file"], form.cleaned_data["alt"]
            try:
                return self.respond(
                    upload_by_form(file, name=file.name, by=self.user, alt=alt), alt
                )
            except ValidationError as error:
                add_errors(form, error)
        if self.wants_json:
            return JsonResponse({"errors": form.errors}, status=422)
        return self.render({"form": form}, status=422)

    def respond(self, image: Image, alt: str) -> HttpResponse:
        """Return the image's URL and Markdown."""
        text = image_markdown(alt or image.alt, image.url)
        if self.wants_json:
            sizes = {"width": image.width, "height": image.height}
            return JsonResponse({"url": image.url, "markdown": text, **sizes}, status=201)
        return self.render({"form": ImageForm(), "image": image, "markdown": text}, status=201)

    @property
    def wants_json(self) -> bool:
        """Whether the editor's script sent the request."""
        return not self.request.accepts("text/html")
