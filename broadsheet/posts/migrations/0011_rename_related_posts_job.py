"""The model `RelatedPostsJob` and its fields have standard names; table and columns stay."""

import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("posts", "0010_is_featured")]
    survived_because = "no table or column changes"

    operations = [
        migrations.AlterModelTable(name="unrelated", table="posts_unrelated"),
        migrations.RenameModel(old_name="Unrelated", new_name="RelatedPostsJob"),
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.AlterField(
                    model_name="relatedpostsjob",
                    name="asked_at",
                    field=models.DateTimeField(
                        db_column="asked_at", default=django.utils.timezone.now
                    ),
                ),
                migrations.RenameField(
                    model_name="relatedpostsjob", old_name="asked_at", new_name="requested_at"
                ),
                migrations.AlterField(
                    model_name="related",
                    name="post",
                    field=models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="related",
                        to="posts.post",
                    ),
                ),
                migrations.AlterField(
                    model_name="related",
                    name="other",
                    field=models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="related_to",
                        to="posts.post",
                    ),
                ),
            ],
        ),
    ]
