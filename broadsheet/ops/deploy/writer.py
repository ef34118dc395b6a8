"""Writing files that people may change: never over what is theirs."""

import hashlib
import json
import os
import shutil
from enum import StrEnum
from pathlib import Path

from broadsheet.lib.storage import make_public
from broadsheet.ops.deploy.config_files import File

#: Where it is remembered what was written, the SHA-256 of each file by its path, and for which
#: options.
WRITTEN = Path("/etc/broadsheet/.written.json")


class Outcome(StrEnum):
    """What became of a file."""

    SAME = "is as it should be"
    WRITTEN = "written"
    THEIRS = "is there, and yours to change"
    ASIDE = "was changed by hand and stays: what is new is beside it, in {}.new"


class Machine:
    """The files of a machine below `root`, which is `/` but for a trial."""

    def __init__(self, root: Path) -> None:
        self._root = root
        try:
            self._written: dict[str, str] = json.loads(self.at(WRITTEN).read_text())
        except (FileNotFoundError, NotADirectoryError, ValueError):
            self._written = {}

    def outcome(self, file: File) -> Outcome:
        """Return what `put` would do."""
        place = self.at(file.path)
        if not place.exists():
            return Outcome.WRITTEN
        if file.is_theirs:
            return Outcome.THEIRS
        found = _digest(place.read_text())
        if found == _digest(file.text) and place.stat().st_mode & 0o777 == file.mode:
            return Outcome.SAME
        is_ours = found in {self._written.get(str(file.path)), _digest(file.text)}
        return Outcome.WRITTEN if is_ours else Outcome.ASIDE

    def put(self, file: File) -> Outcome:
        """Write the file, unless a person has changed it. Raises OSError."""
        outcome = self.outcome(file)
        place = self.at(file.path)
        if outcome is Outcome.ASIDE:
            _write(place.with_name(f"{place.name}.new"), file.text, file.mode)
            return outcome
        if outcome is Outcome.WRITTEN:
            _write(place, file.text, file.mode)
        if file.group and self.is_real:
            shutil.chown(place, "root", file.group)
            place.chmod(file.mode)
        self.note(str(file.path), file.text)
        return outcome

    def note(self, name: str, text: str) -> None:
        """Remember a digest of `text` under `name`."""
        if self.differs(name, text):
            self._written[name] = _digest(text)
            self._save()

    def differs(self, name: str, text: str) -> bool:
        """Whether another text than `text`, or none, is remembered under `name`."""
        return self._written.get(name) != _digest(text)

    def recalled(self, options: dict[str, str]) -> dict[str, str]:
        """Return the options, with those that an earlier time had where they are empty."""
        return {name: value or self._written.get(name, "") for name, value in options.items()}

    def remember(self, options: dict[str, str]) -> None:
        """Keep the options that are not empty for the next time."""
        before = dict(self._written)
        self._written |= {name: value for name, value in options.items() if value}
        if self._written != before:
            self._save()

    def _save(self) -> None:
        _write(self.at(WRITTEN), json.dumps(self._written, indent=1), 0o600)

    @property
    def is_real(self) -> bool:
        """Whether this is the machine itself, and not a folder for a trial."""
        return self._root == Path("/")

    def at(self, path: Path) -> Path:
        """Return where `path` lies."""
        return self._root / path.relative_to("/")


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _write(place: Path, text: str, mode: int) -> None:
    """Write a whole file or none, which nobody else could read meanwhile."""
    make_public(place.parent)
    beside = place.with_name(f".{place.name}.part")
    beside.unlink(missing_ok=True)
    with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
        os.fchmod(file.fileno(), mode)
        file.flush()
        os.fsync(file.fileno())
    beside.rename(place)
