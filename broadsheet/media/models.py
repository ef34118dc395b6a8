"""Uploaded images."""

from django.conf import settings
from django.core.validators import MaxValueValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from broadsheet.lib.ids import uuid7
from broadsheet.lib.image_variants import ImageVariants, variant_widths


class Image(models.Model):
    """An image. Its file is named after the digest of its content, so a URL's content is fixed.

    Files: `<digest[:2]>/<digest>/<width>x<height>-<tone>.<ext>` and, in the same folder, the
    variants `<width>.avif` and `<width>.webp` for each of `widths`. Size and tone are in the URL,
    so pages need no query for their layout (see `broadsheet.lib.image_variants`).
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="images", verbose_name=_("owner")
    )
    #: Other users who uploaded the same file, and may use the image like its owner.
    uploaders = models.ManyToManyField(
        settings.AUTH_USER_MODEL, related_name="+", blank=True, editable=False
    )
    file = models.FileField(_("file"), max_length=120, editable=False)
    digest = models.CharField(max_length=64, unique=True, editable=False)
    name = models.CharField(_("name"), max_length=200, blank=True)
    alt = models.CharField(_("description"), max_length=500, blank=True)
    is_decorative = models.BooleanField(
        _("decorative"),
        default=False,
        db_default=False,
        help_text=_("It needs no description: it adds nothing to the text."),
    )
    caption = models.CharField(_("caption"), max_length=500, blank=True, default="", db_default="")
    credit = models.CharField(_("credit"), max_length=200, blank=True, default="", db_default="")
    #: The point that stays visible when the image is cropped, in percent from the left and top.
    focal_x = models.PositiveSmallIntegerField(
        _("focal point from the left, in %"),
        default=50,
        db_default=50,
        validators=[MaxValueValidator(100)],
    )
    focal_y = models.PositiveSmallIntegerField(
        _("focal point from the top, in %"),
        default=50,
        db_default=50,
        validators=[MaxValueValidator(100)],
    )
    mime = models.CharField(_("type"), max_length=40, editable=False)
    width = models.PositiveIntegerField(_("width"), editable=False)
    height = models.PositiveIntegerField(_("height"), editable=False)
    bytes = models.PositiveBigIntegerField(_("size in bytes"), editable=False)
    has_variants = models.BooleanField(_("variants made"), default=False, editable=False)
    created_at = models.DateTimeField(_("uploaded"), default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("image")
        verbose_name_plural = _("images")
        ordering = ["-created_at", "-id"]
        indexes = [
            models.Index(fields=["owner", "-created_at", "-id"], name="media_image_by_owner"),
            models.Index(fields=["-created_at", "-id"], name="media_image_newest"),
            models.Index(fields=["bytes"], name="media_image_bytes"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(width__gt=0, height__gt=0), name="media_image_has_pixels"
            ),
            models.CheckConstraint(
                condition=models.Q(focal_x__lte=100, focal_y__lte=100),
                name="media_image_focal_point_inside",
            ),
        ]

    def __str__(self) -> str:
        return self.name or self.digest[:12]

    @property
    def url(self) -> str:
        """URL of the cleaned original."""
        return self.file.url

    @property
    def thumbnail_url(self) -> str:
        """URL of the smallest variant; of the original, if there is none."""
        variants = ImageVariants.parse(self.url)
        if variants is None or not (variants.has_variants and self.has_variants):
            return self.url
        return variants.variant(self.widths[0], "webp")

    @property
    def needs_description(self) -> bool:
        """Whether the alternative text is missing."""
        return not self.alt and not self.is_decorative

    @property
    def widths(self) -> tuple[int, ...]:
        """Widths of the variants, in pixels."""
        return variant_widths(self.width)
