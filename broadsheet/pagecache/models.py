"""The log of changes to what the public sees."""

from django.db import models


class Change(models.Model):
    """An invalidated cache tag. Written by the database's own triggers.

    `epoch` is the writing transaction's number on PostgreSQL, where rows may become visible in
    another order than that of their ids; on SQLite, which has one writer at a time, it is 0.
    """

    id = models.BigAutoField(primary_key=True)
    stamp = models.CharField(max_length=100)
    epoch = models.BigIntegerField(db_index=True)

    class Meta:
        db_table = "pagecache_change"

    def __str__(self) -> str:
        return f"{self.id}: {self.stamp}"
