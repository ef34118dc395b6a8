"""Forms of images and of the media library, and the Markdown of an image."""

import re
from typing import ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _

from broadsheet.media.models import Image
from broadsheet.media.queries import ImageFilters

NO_DESCRIPTION = "no-description"
UNUSED = "unused"
LIST = "list"


class ImageForm(forms.Form):
    """Upload of an image with its alternative text."""

    file = forms.FileField(
        label=_("Image"),
        widget=forms.FileInput(attrs={"accept": "image/*"}),
        help_text=_("JPEG, PNG, GIF, WebP or AVIF."),
    )
    alt = forms.CharField(
        label=_("Alternative text"),
        max_length=500,
        required=False,
        help_text=_(
            "Describes the image for people who cannot see it. Leave it empty for decorative "
            "images."
        ),
    )


class ImageFilterForm(forms.Form):
    """Filter of the media library. Invalid values are ignored."""

    text = forms.CharField(
        label=_("Search"),
        max_length=200,
        required=False,
        widget=forms.TextInput(attrs={"type": "search"}),
    )
    show = forms.ChoiceField(
        label=_("Show"),
        required=False,
        choices=[("", _("All")), (NO_DESCRIPTION, _("No description")), (UNUSED, _("Not used"))],
    )
    view = forms.ChoiceField(
        label=_("View"), required=False, choices=[("", _("Grid")), (LIST, _("List"))]
    )

    def filters(self) -> ImageFilters:
        """Return the filters of the query."""
        self.is_valid()
        data = self.cleaned_data
        return ImageFilters(
            text=data.get("text", "").replace("\0", ""),
            needs_description=data.get("show") == NO_DESCRIPTION,
        )


class ImageDetailsForm(forms.ModelForm[Image]):
    """Texts and focal point of an image. The action saves them."""

    class Meta:
        model = Image
        fields = ("alt", "is_decorative", "caption", "credit", "focal_x", "focal_y")
        labels: ClassVar = {
            "alt": _("Description"),
            "is_decorative": _("Decoration: say nothing"),
            "focal_x": _("Focal point from the left, in %"),
            "focal_y": _("Focal point from the top, in %"),
        }
        help_texts: ClassVar = {
            "alt": _("What the image shows, for people who cannot see it."),
            "is_decorative": "",
        }
        widgets: ClassVar = {"alt": forms.Textarea(attrs={"rows": 3})}


def image_markdown(alt: str, url: str) -> str:
    """Return the Markdown of an image; `alt` is escaped."""
    text = re.sub(r"([\\\[\]])", r"\\\1", " ".join(alt.split()))
    return f"![{text}]({url})"
