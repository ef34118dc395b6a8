"""The media library."""

import uuid
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from broadsheet.lib.form_errors import add_errors
from broadsheet.lib.keyset import AFTER, Cursor, read_cursor, rows_after, split_page
from broadsheet.media import actions, queries
from broadsheet.media.models import Image
from broadsheet.media.policy import can_edit, can_upload, usable_by
from broadsheet.posts.models import unused
from broadsheet.posts.policy import editable_posts, listed_image_uses
from broadsheet.studio.forms.images import (
    LIST,
    UNUSED,
    ImageDetailsForm,
    ImageFilterForm,
    image_markdown,
)
from broadsheet.studio.views.base import StudioView

PAGE_SIZE = 60
MAX_USES = 20


class MediaView(StudioView):
    """Base of the library's pages: the images that the user can use, newest first."""

    template_name = "studio/media.html"
    policy = staticmethod(can_upload)

    def get_image(self, pk: uuid.UUID) -> Image:
        """Return an image that the user can use, with its owner. Raises Http404."""
        return get_object_or_404(usable_by(self.user).select_related("owner"), pk=pk)

    def get_editable(self, pk: uuid.UUID) -> Image:
        """Return an image that the user can change. Raises Http404 and PermissionDenied."""
        image = self.get_image(pk)
        if not can_edit(self.user, image):
            raise PermissionDenied(_("Only its owner and editors can change this image."))
        return image

    def render_library(self, context: dict[str, Any], *, status: int = 200) -> HttpResponse:
        """Show a page of the library; `context` can add the image in hand."""
        form = ImageFilterForm(self.request.GET)
        usable = usable_by(self.user)
        filters = form.filters()
        images = queries.search(usable, filters)
        is_unused = form.cleaned_data.get("show") == UNUSED
        if is_unused:
            images = unused(images)
        order = ("-created_at", "-id")
        after = read_cursor(self.request.GET)
        if after is not None:
            images = images.filter(rows_after(order, after))
        page, last = split_page(list(images.order_by(*order)[: PAGE_SIZE + 1]), PAGE_SIZE)
        query = self.request.GET.copy()
        context = {
            "filter_form": form,
            "images": page,
            "is_list": form.cleaned_data.get("view") == LIST,
            "is_filtered": any(filters.values()) or is_unused,
            "is_first": after is None,
            "query": query.urlencode(),
            "storage_used": queries.storage_used(usable),
            **context,
        }
        query.pop(AFTER, None)
        context["first_query"] = query.urlencode()
        if last is not None:
            query[AFTER] = str(Cursor(last.created_at, last.pk))
            context["next_query"] = query.urlencode()
        return self.render(context, status=status)


class MediaLibrary(MediaView):
    """Images in a grid or a list, with search and filters."""

    def get(self, _request: HttpRequest) -> HttpResponse:
        """Show a page of images."""
        return self.render_library({})


class EditImage(MediaView):
    """An image beside the library: its texts and its focal point."""

    def get(self, _request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
        """Show the image and its form."""
        image = self.get_image(pk)
        return self.render_image(image, ImageDetailsForm(instance=image))

    def post(self, request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
        """Save the texts and the focal point."""
        image = self.get_editable(pk)
        form = ImageDetailsForm(request.POST, instance=image)
        if form.is_valid():
            try:
                actions.edit(image, **{name: form.cleaned_data[name] for name in form.changed_data})
            except ValidationError as error:
                add_errors(form, error)
            else:
                messages.success(request, _("Saved."))
                return redirect(image_url(request, pk))
        return self.render_image(self.get_image(pk), form, status=422)

    def render_image(
        self, image: Image, form: ImageDetailsForm, *, status: int = 200
    ) -> HttpResponse:
        """Show the library with the image at its side."""
        uses = list(listed_image_uses(self.user, image)[:MAX_USES])
        count = image.uses.filter(is_current=True).count()
        posts = [use.post_id for use in uses]
        context = {
            "image": image,
            "form": form,
            "uses": uses,
            "other_uses": count - len(uses),
            "editable": set(
                editable_posts(self.user).alive().filter(pk__in=posts).values_list("pk", flat=True)
            ),
            "can_edit": can_edit(self.user, image),
            "markdown": image_markdown(image.alt, image.url),
        }
        return self.render_library(context, status=status)


class DeleteImage(MediaView):
    """Delete an image that nothing uses."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
        """Delete the image, or say why not."""
        image = self.get_editable(pk)
        try:
            actions.delete(image)
        except ValidationError as error:
            messages.error(request, " ".join(error.messages))
            return redirect(image_url(request, pk))
        messages.success(request, _("%s deleted.") % image)
        query = request.GET.urlencode()
        return redirect(reverse("studio:media") + (f"?{query}" if query else ""))


def image_url(request: HttpRequest, pk: uuid.UUID) -> str:
    """Return the URL of an image in the library, on the same page of the same search."""
    query = request.GET.urlencode()
    return reverse("studio:media-image", args=[pk]) + (f"?{query}" if query else "") + "#image"
