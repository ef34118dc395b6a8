"""Faults in one item of an import: logged, reported with it, and the other items go on."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.db import InterfaceError, OperationalError

from broadsheet.transfer.sources import Unsuitable

logger = logging.getLogger(__name__)

_LONGEST = 300
#: The database is away, locked or full, or the source is none: it is the same for every item.
_FOR_ALL = (OperationalError, InterfaceError, Unsuitable)


@dataclass(slots=True)
class Fault:
    """What went wrong within `contained`, in words; empty where nothing did."""

    reason: str = ""


@contextmanager
def contained(origin: str, step: str) -> Iterator[Fault]:
    """Contain what goes wrong with the item `origin` while `step` ("reading", say) is done.

    Whatever is raised within is logged and its reason put into the fault, but for what ends the
    whole import: an interruption, an exit, an outage of the database, and Unsuitable.
    """
    fault = Fault()
    try:
        yield fault
    except BaseException as error:
        if _ends_import(error):
            raise
        fault.reason = _reason(error, step)
        if not isinstance(error, ValidationError):  # which says it all
            logger.exception("Import: %s failed for %s", step, ascii(origin))


def _ends_import(error: BaseException) -> bool:
    if isinstance(error, _FOR_ALL):
        return True
    # A panic in the Markdown parser, which is written in Rust, is no Exception, but an item's.
    return not isinstance(error, Exception) and type(error).__name__ != "PanicException"


def _reason(error: BaseException, step: str) -> str:
    if isinstance(error, ValidationError):
        return " ".join(error.messages)[:_LONGEST]
    text = " ".join(str(error).split())[:_LONGEST]
    return f"{step} failed ({type(error).__name__}{f': {text}' if text else ''}); see the log"
