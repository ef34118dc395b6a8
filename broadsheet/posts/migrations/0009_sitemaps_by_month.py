"""Sitemaps are one a month, so where they begin is not stored any more."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("posts", "0008_first_published_at")]
    survived_because = "no released version has the table"

    operations = [migrations.DeleteModel("Cut")]
