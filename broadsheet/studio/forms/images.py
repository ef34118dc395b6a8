"""Form to upload an image, and the Markdown of an image."""

import re

from django import forms
from django.utils.translation import gettext_lazy as _


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


def image_markdown(alt: str, url: str) -> str:
    """Return the Markdown of an image; `alt` is escaped."""
    text = re.sub(r"([\\\[\]])", r"\\\1", " ".join(alt.split()))
    return f"![{text}]({url})"
