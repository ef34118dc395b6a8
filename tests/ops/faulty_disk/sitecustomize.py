"""A disk that takes nothing, for each Python process that has this folder in its PYTHONPATH.

While the link FAULTY_SWITCH is there, what is written below FAULTY_FOLDER is refused: the link's
target is the number of the error and how many steps succeed before, "28:0". SQLite's own writes and
those to files that are open already go through. Which function was refused is appended to
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
#: Of these events (docs.python.org/3/library/audit_events.html) how many paths come first.
_EVENTS = {
    "open": 1, "os.mkdir": 1, "os.rename": 2, "os.remove": 1, "os.rmdir": 1, "os.link": 2,
    "os.symlink": 2, "os.utime": 1, "os.chmod": 1, "os.truncate": 1, "tempfile.mkstemp": 1,
    "tempfile.mkdtemp": 1,
}  # fmt: skip
_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT
#: A full disk still takes these.
_GOES_ON_FULL = {"os.rename", "os.remove", "os.rmdir", "os.utime", "os.chmod", "os.truncate"}
_steps = count()


def _is_write(event: str, args: tuple[Any, ...], number: int) -> bool:
    if event not in _EVENTS or (number == errno.ENOSPC and event in _GOES_ON_FULL):
        return False
    if event == "open" and not args[2] & _WRITES:
        return False
    paths = [os.fspath(path) for path in args[: _EVENTS[event]] if not isinstance(path, int | None)]
    if not any(str(path).startswith(_FOLDER) for path in paths):
        return False
    # What is there is not made again, and what is not there is not removed.
    return not (
        (event == "os.mkdir" and Path(paths[0]).is_dir())
        or (event in {"os.remove", "os.rmdir", "os.rename"} and not os.path.lexists(paths[0]))
    )


def _refuse(event: str, args: tuple[Any, ...]) -> None:
    if event not in _EVENTS:
        return
    try:
        number, _colon, later = str(Path(_SWITCH).readlink()).partition(":")
    except OSError:
        return
    if not _is_write(event, args, int(number)):
        return
    if next(_steps) < int(later):
        return
    frame = sys._getframe()
    while frame.f_back is not None and "/broadsheet/" not in frame.f_code.co_filename:
        frame = frame.f_back
    place = frame.f_code.co_filename.rpartition("/broadsheet/")[2]
    name = frame.f_code.co_qualname.replace(".<locals>", "").replace("<module>", "")
    os.write(_LOG, f"{place} {name}\n".encode())
    raise OSError(int(number), os.strerror(int(number)), str(args[0]))


sys.addaudithook(_refuse)
