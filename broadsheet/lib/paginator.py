"""Paginator for large tables."""

from functools import cached_property
from typing import Any

from django.core.paginator import Paginator


class CappedPaginator(Paginator[Any]):
    """Paginator that counts no further than `LIMIT`, so that its cost does not grow with the table.

    Rows after the last page can be found by searching and filtering.
    """

    LIMIT = 10_000

    @cached_property
    def count(self) -> int:
        """The number of rows, at most `LIMIT`."""
        rows: Any = self.object_list[: self.LIMIT]
        return len(rows) if isinstance(rows, list) else rows.count()
