"""Receivers of signals about images: which of them the site uses."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Q
from django.dispatch import receiver
from django.utils.translation import gettext as _

from broadsheet.media.models import Image
from broadsheet.media.signals import image_deleting
from broadsheet.publication.models import Site


@receiver(image_deleting)
def refuse_used_image(image: Image, **_kwargs: Any) -> None:
    """Refuse to delete the logo, and images in the footer."""
    if Site.objects.filter(Q(logo=image) | Q(footer__contains=image.digest)).exists():
        raise ValidationError(
            _("The site's logo or footer uses this image. Change it there first.")
        )
