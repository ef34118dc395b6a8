"""Faults in one item of an import: logged, reported with it, and the other items go on."""

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.db import InterfaceError, OperationalError

from broadsheet.lib.outage import outage

logger = logging.getLogger(__name__)

_LONGEST = 300


class Unsuitable(ValueError):
    """Nothing can be imported from there. The message says why."""


class Stopped(Exception):
    """The owner cancelled the import."""


#: The import is cancelled, its source is none, or the database is away, locked or full.
_FOR_ALL = (Stopped, Unsuitable, OperationalError, InterfaceError)


@dataclass(slots=True)
class Fault:
    """What went wrong within `contained`, in words; empty where nothing did."""

    reason: str = ""


@contextmanager
def contained(
    origin: str,
    step: str,
    *,
    expected: tuple[type[Exception], ...] = (),
    is_reading: bool = False,
) -> Iterator[Fault]:
    """Contain what goes wrong with the item `origin` while `step` ("saving", say) is done.

    Whatever is raised within is logged and its reason put into the fault, but for what ends the
    whole import (`is_contained`). A ValidationError and what is `expected` say all that there is
    to say, and are not logged. `is_reading` says that only the source is read within.
    """
    fault = Fault()
    try:
        yield fault
    except BaseException as error:
        if not is_contained(error, is_reading=is_reading):
            raise
        if isinstance(error, (ValidationError, *expected)):
            fault.reason = " ".join(getattr(error, "messages", [str(error)]))[:_LONGEST]
        else:
            logger.exception("Import: %s failed for %s", step, ascii(origin))
            fault.reason = _reason(error, step)


def is_contained(error: BaseException, *, is_reading: bool = False) -> bool:
    """Return whether an error is one item's: not an interruption, an exit, an outage or an end.

    A file of the source that the disk cannot read is one item's fault; a disk that cannot be
    written to is an outage, for each further item would fail as well.
    """
    if isinstance(error, _FOR_ALL):
        return False
    if outage(error) and not is_reading:
        return False
    # A panic in the Markdown parser, which is written in Rust, is no Exception, but an item's.
    return isinstance(error, Exception) or type(error).__name__ == "PanicException"


def apart[Item, Result](
    items: Sequence[Item],
    work: Callable[[Sequence[Item]], Result],
    failed: Callable[[Item, str], None],
    *,
    origin: Callable[[Item], str],
    step: str,
) -> list[Result]:
    """Return what `work` makes of all `items` together, or of parts of them that do not fail.

    Where they fail together, each half is tried, and so on down to the items whose fault it is:
    for these `failed` is called with the reason.
    """
    if len(items) == 1:
        with contained(origin(items[0]), step) as fault:
            return [work(items)]
        failed(items[0], fault.reason)
        return []
    try:
        return [work(items)] if items else []
    except BaseException as error:
        if not is_contained(error):
            raise
    middle = len(items) // 2
    halves = items[:middle], items[middle:]
    return [
        result for half in halves for result in apart(half, work, failed, origin=origin, step=step)
    ]


def _reason(error: BaseException, step: str) -> str:
    text = " ".join(str(error).split())[:_LONGEST]
    return f"{step} failed ({type(error).__name__}{f': {text}' if text else ''}); see the log"
