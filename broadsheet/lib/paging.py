"""Paging for tables that may be long."""

from functools import cached_property
from typing import Any

from django.core.paginator import Paginator


class CappedPaginator(Paginator[Any]):
    """A paginator that counts to `LIMIT` and no further, so that it costs the same in any table.

    What lies behind the last page is found by searching and filtering.
    """

    LIMIT = 10_000

    @cached_property
    def count(self) -> int:
        """The number of rows, or `LIMIT` where there are more."""
        rows: Any = self.object_list[: self.LIMIT]
        return len(rows) if isinstance(rows, list) else rows.count()
