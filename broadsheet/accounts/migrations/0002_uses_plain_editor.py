"""The plain text field in place of the studio's editor, by user."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_initial")]

    operations = [
        migrations.AddField(
            model_name="user",
            name="uses_plain_editor",
            field=models.BooleanField(
                db_default=False, default=False, verbose_name="write in a plain text field"
            ),
        ),
    ]
