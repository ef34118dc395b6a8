"""What the operator's side of the site remembers."""

from django.db import models


class Told(models.Model):
    """How far in the log of changes the CDN was told: the only row."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    position = models.BigIntegerField()

    class Meta:
        db_table = "ops_told"
        constraints = [models.CheckConstraint(condition=models.Q(id=1), name="ops_told_one_row")]

    def __str__(self) -> str:
        return str(self.position)
