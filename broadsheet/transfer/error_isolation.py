"""Error isolation: an error in one item is logged and reported, and the import continues."""

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.db import InterfaceError, OperationalError

from broadsheet.lib.outages import classify_outage

logger = logging.getLogger(__name__)

_MAX_REASON_LENGTH = 300


class UnsupportedSourceError(ValueError):
    """Nothing can be imported from this source. The message says why."""


class ImportCancelledError(Exception):
    """The owner cancelled the import."""


#: The import is cancelled, the source is unusable, or the database is unreachable, locked or full.
_FATAL_ERRORS = (ImportCancelledError, UnsupportedSourceError, OperationalError, InterfaceError)


@dataclass(slots=True)
class ItemFailure:
    """Reason of an error that `isolate_errors` caught; empty without an error."""

    reason: str = ""


@contextmanager
def isolate_errors(
    origin: str,
    step: str,
    *,
    expected: tuple[type[Exception], ...] = (),
    is_reading: bool = False,
) -> Iterator[ItemFailure]:
    """Catch errors in the item `origin` during `step` (for example "saving").

    Errors are logged, and their reason is stored in the failure, except those that end the whole
    import (see `is_item_error`). A ValidationError and `expected` errors are not logged: their
    messages are complete. `is_reading`: the block only reads the source.
    """
    failure = ItemFailure()
    try:
        yield failure
    except BaseException as error:
        if not is_item_error(error, is_reading=is_reading):
            raise
        if isinstance(error, (ValidationError, *expected)):
            failure.reason = " ".join(getattr(error, "messages", [str(error)]))[:_MAX_REASON_LENGTH]
        else:
            logger.exception("Import: %s failed for %s", step, ascii(origin))
            failure.reason = _reason(error, step)


def is_item_error(error: BaseException, *, is_reading: bool = False) -> bool:
    """Return whether an error concerns one item: no interrupt, exit, outage or cancellation.

    A source file that the disk cannot read concerns one item. A disk that cannot be written to is
    an outage: every further item would fail too.
    """
    if isinstance(error, _FATAL_ERRORS):
        return False
    if classify_outage(error) and not is_reading:
        return False
    # A panic in the Markdown parser (Rust) is no Exception, but concerns one item.
    return isinstance(error, Exception) or type(error).__name__ == "PanicException"


def bisect_errors[Item, Result](
    items: Sequence[Item],
    work: Callable[[Sequence[Item]], Result],
    on_failure: Callable[[Item, str], None],
    *,
    origin: Callable[[Item], str],
    step: str,
) -> list[Result]:
    """Return the results of `work` for all `items` together, or for parts that do not fail.

    If a group fails, each half is tried, down to the single items that cause the errors. For
    these, `on_failure` is called with the reason.
    """
    if len(items) == 1:
        with isolate_errors(origin(items[0]), step) as failure:
            return [work(items)]
        on_failure(items[0], failure.reason)
        return []
    try:
        return [work(items)] if items else []
    except BaseException as error:
        if not is_item_error(error):
            raise
    middle = len(items) // 2
    halves = items[:middle], items[middle:]
    return [
        result
        for half in halves
        for result in bisect_errors(half, work, on_failure, origin=origin, step=step)
    ]


def _reason(error: BaseException, step: str) -> str:
    text = " ".join(str(error).split())[:_MAX_REASON_LENGTH]
    return f"{step} failed ({type(error).__name__}{f': {text}' if text else ''}); see the log"
