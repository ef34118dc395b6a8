"""Writing files that people may change: never over what is theirs."""

import hashlib
import json
import os
from enum import StrEnum
from pathlib import Path

from broadsheet.ops.deploy.files import File

#: Where it is remembered what was written: the SHA-256 of each file, by its path.
WRITTEN = Path("/etc/broadsheet/.written.json")


class Outcome(StrEnum):
    """What became of a file."""

    SAME = "is as it should be"
    WRITTEN = "written"
    ASIDE = "was changed by hand and stays: what is new is beside it, in {}.new"


class Machine:
    """The files of a machine below `root`, which is `/` but for a trial."""

    def __init__(self, root: Path) -> None:
        self._root = root
        try:
            self._written: dict[str, str] = json.loads(self._at(WRITTEN).read_text())
        except (FileNotFoundError, NotADirectoryError, ValueError):
            self._written = {}

    def outcome(self, file: File) -> Outcome:
        """Return what `put` would do."""
        place = self._at(file.path)
        if not place.exists():
            return Outcome.WRITTEN
        found = _digest(place.read_text())
        if found == _digest(file.text) and place.stat().st_mode & 0o777 == file.mode:
            return Outcome.SAME
        is_ours = found in {self._written.get(str(file.path)), _digest(file.text)}
        return Outcome.WRITTEN if is_ours else Outcome.ASIDE

    def put(self, file: File) -> Outcome:
        """Write the file, unless a person has changed it. Raises OSError."""
        outcome = self.outcome(file)
        place = self._at(file.path)
        if outcome is Outcome.ASIDE:
            _write(place.with_name(f"{place.name}.new"), file.text, file.mode)
            return outcome
        if outcome is Outcome.WRITTEN:
            _write(place, file.text, file.mode)
        self._written[str(file.path)] = _digest(file.text)
        _write(self._at(WRITTEN), json.dumps(self._written, indent=1), 0o600)
        return outcome

    def _at(self, path: Path) -> Path:
        return self._root / path.relative_to("/")


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _write(place: Path, text: str, mode: int) -> None:
    """Write a whole file or none, which nobody else could read meanwhile."""
    place.parent.mkdir(parents=True, exist_ok=True)
    beside = place.with_name(f".{place.name}.part")
    beside.unlink(missing_ok=True)
    with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
        os.fchmod(file.fileno(), mode)
        file.flush()
        os.fsync(file.fileno())
    beside.rename(place)
