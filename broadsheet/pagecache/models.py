"""The change log."""

from django.db import models


class Change(models.Model):
    """An invalidated cache tag, written by database triggers.

    `epoch` is the number of the writing transaction on PostgreSQL, where rows can become visible in
    another order than that of their ids; on SQLite, which has one writer at a time, it is 0.
    """

    id = models.BigAutoField(primary_key=True)
    tag = models.CharField(db_column="stamp", max_length=100)
    epoch = models.BigIntegerField(db_index=True)

    class Meta:
        db_table = "pagecache_change"

    def __str__(self) -> str:
        return f"{self.id}: {self.tag}"
