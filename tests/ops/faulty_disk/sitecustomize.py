"""Lets writes fail, in each Python process that has this folder in its PYTHONPATH.

While the link FAULTY_SWITCH exists, writes in FAULTY_FOLDER fail. The target of the link is
"28:0:PLACE": the number of the error, how many steps succeed first, and the function whose write
breaks the disk for the rest of the process (empty: the first write). Writes of SQLite and writes
to files that are already open succeed. Each function whose write failed is appended to
FAULTY_SWITCH.log.
"""

import errno
import os
import sys
from itertools import count
from pathlib import Path
from typing import Any

_FOLDER, _SWITCH = os.environ["FAULTY_FOLDER"], os.environ["FAULTY_SWITCH"]
_LOG = os.open(f"{_SWITCH}.log", os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
#: Audit events (docs.python.org/3/library/audit_events.html), and how many paths come first.
_EVENTS = {
    "open": 1, "os.mkdir": 1, "os.rename": 2, "os.remove": 1, "os.rmdir": 1, "os.link": 2,
    "os.symlink": 2, "os.utime": 1, "os.chmod": 1, "os.truncate": 1, "tempfile.mkstemp": 1,
    "tempfile.mkdtemp": 1,
}  # fmt: skip
_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT
#: These succeed on a full disk.
_SUCCEEDS_ON_FULL_DISK = {
    "os.rename",
    "os.remove",
    "os.rmdir",
    "os.utime",
    "os.chmod",
    "os.truncate",
}
_steps = count()
_broken_at: set[str] = set()


def _is_write(event: str, args: tuple[Any, ...], number: int) -> bool:
    if event not in _EVENTS or (number == errno.ENOSPC and event in _SUCCEEDS_ON_FULL_DISK):
        return False
    if event == "open" and not args[2] & _WRITES:
        return False
    paths = [os.fspath(path) for path in args[: _EVENTS[event]] if not isinstance(path, int | None)]
    if not any(str(path).startswith(_FOLDER) for path in paths):
        return False
    # An existing folder is not created, and a missing file is not deleted.
    return not (
        (event == "os.mkdir" and Path(paths[0]).is_dir())
        or (event in {"os.remove", "os.rmdir", "os.rename"} and not os.path.lexists(paths[0]))
    )


def _place() -> str:
    """Return the file and name of the innermost running function of the package."""
    frame = sys._getframe()
    while frame.f_back is not None and "/broadsheet/" not in frame.f_code.co_filename:
        frame = frame.f_back
    file = frame.f_code.co_filename.rpartition("/broadsheet/")[2]
    name = frame.f_code.co_qualname.replace(".<locals>", "").replace("<module>", "")
    return f"{file} {name}"


def _refuse(event: str, args: tuple[Any, ...]) -> None:
    if event not in _EVENTS:
        return
    try:
        number, after, breaks_at = str(Path(_SWITCH).readlink()).split(":")
    except OSError:
        return
    if not _is_write(event, args, int(number)):
        return
    place = _place()
    if breaks_at not in {"", place, *_broken_at} or next(_steps) < int(after):
        return
    _broken_at.add(breaks_at)
    os.write(_LOG, f"{place}\n".encode())
    raise OSError(int(number), os.strerror(int(number)), str(args[0]))


sys.addaudithook(_refuse)
