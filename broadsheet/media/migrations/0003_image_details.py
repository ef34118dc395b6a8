"""Captions, credits and focal points of images."""

import django.core.validators
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    survived_because = "the release before does not write the columns, and their defaults are valid"

    dependencies = [
        ("media", "0002_uploaders_of_the_same_image"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="image",
            name="caption",
            field=models.CharField(
                blank=True, db_default="", default="", max_length=500, verbose_name="caption"
            ),
        ),
        migrations.AddField(
            model_name="image",
            name="credit",
            field=models.CharField(
                blank=True, db_default="", default="", max_length=200, verbose_name="credit"
            ),
        ),
        migrations.AddField(
            model_name="image",
            name="focal_x",
            field=models.PositiveSmallIntegerField(
                db_default=50,
                default=50,
                validators=[django.core.validators.MaxValueValidator(100)],
                verbose_name="focal point from the left, in %",
            ),
        ),
        migrations.AddField(
            model_name="image",
            name="focal_y",
            field=models.PositiveSmallIntegerField(
                db_default=50,
                default=50,
                validators=[django.core.validators.MaxValueValidator(100)],
                verbose_name="focal point from the top, in %",
            ),
        ),
        migrations.AddField(
            model_name="image",
            name="is_decorative",
            field=models.BooleanField(
                db_default=False,
                default=False,
                help_text="It needs no description: it adds nothing to the text.",
                verbose_name="decorative",
            ),
        ),
        migrations.AddIndex(
            model_name="image",
            index=models.Index(fields=["-created_at", "-id"], name="media_image_newest"),
        ),
        migrations.AddIndex(
            model_name="image",
            index=models.Index(fields=["bytes"], name="media_image_bytes"),
        ),
        migrations.AddConstraint(
            model_name="image",
            constraint=models.CheckConstraint(
                condition=models.Q(("focal_x__lte", 100), ("focal_y__lte", 100)),
                name="media_image_focal_point_inside",
            ),
        ),
    ]
