"""Uploading an image."""

from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext_lazy as _

from broadsheet.accounts.models import User
from broadsheet.lib.form_errors import add_errors
from broadsheet.media.actions import upload_by_form
from broadsheet.media.models import Image
from broadsheet.media.policy import can_upload
from broadsheet.studio.access import StudioView
from broadsheet.studio.forms.images import ImageForm, markdown


class UploadImage(StudioView):
    """A form for people, and JSON for the page that is being written on."""

    template_name = "studio/image_upload.html"
    refusal = _("Only authors can upload images. Ask an owner of this site to make you an author.")

    def is_allowed(self, user: User | AnonymousUser) -> bool:
        """Who may upload."""
        return can_upload(user)

    def get(self, _request: HttpRequest) -> HttpResponse:
        """Show the form."""
        return self.page({"form": ImageForm()})

    def post(self, request: HttpRequest) -> HttpResponse:
        """Keep the image and say how to write it."""
        form = ImageForm(request.POST, request.FILES)
        if form.is_valid():
            file, alt = form.cleaned_data["file"], form.cleaned_data["alt"]
            try:
                return self.done(upload_by_form(file, name=file.name, by=self.user, alt=alt), alt)
            except ValidationError as error:
                add_errors(form, error)
        if self.wants_json:
            return JsonResponse({"errors": form.errors}, status=422)
        return self.page({"form": form}, status=422)

    def done(self, image: Image, alt: str) -> HttpResponse:
        """Answer with the image's address and Markdown."""
        text = markdown(alt or image.alt, image.url)
        if self.wants_json:
            sizes = {"width": image.width, "height": image.height}
            return JsonResponse({"url": image.url, "markdown": text, **sizes}, status=201)
        return self.page({"form": ImageForm(), "image": image, "markdown": text}, status=201)

    @property
    def wants_json(self) -> bool:
        """Whether a program asks."""
        return not self.request.accepts("text/html")
