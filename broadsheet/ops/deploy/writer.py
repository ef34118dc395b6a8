"""Writing configuration files without overwriting manual changes."""

import hashlib
import json
import os
import shutil
from contextlib import suppress
from enum import StrEnum
from pathlib import Path

from broadsheet.lib.file_storage import make_public
from broadsheet.ops.deploy.config_files import ConfigFile

#: State file: the SHA-256 of each written file by its path, and the options of the last run.
STATE_FILE = Path("/etc/broadsheet/.written.json")


class WriteOutcome(StrEnum):
    """Outcome of writing a file."""

    SAME = "is up to date"
    WRITTEN = "written"
    USER_OWNED = "exists; you can change it"
    CONFLICT = "was changed by hand and is left as it is; the new version is in {}.new"


class FileWriter:
    """Writes files below `root`: `/`, or another folder for a trial."""

    def __init__(self, root: Path) -> None:
        self._root = root
        try:
            self._state: dict[str, str] = json.loads(self.at(STATE_FILE).read_text())
        except (FileNotFoundError, NotADirectoryError, ValueError):
            self._state = {}

    def outcome(self, file: ConfigFile) -> WriteOutcome:
        """Return the outcome that `write` would have."""
        path = self.at(file.path)
        if not path.exists():
            return WriteOutcome.WRITTEN
        if file.is_user_owned:
            return WriteOutcome.USER_OWNED
        digest = _digest(path.read_text())
        if digest == _digest(file.text) and path.stat().st_mode & 0o777 == file.mode:
            return WriteOutcome.SAME
        is_ours = digest in {self._state.get(str(file.path)), _digest(file.text)}
        return WriteOutcome.WRITTEN if is_ours else WriteOutcome.CONFLICT

    def write(self, file: ConfigFile) -> WriteOutcome:
        """Write the file, unless it was changed manually. Raises OSError."""
        outcome = self.outcome(file)
        path = self.at(file.path)
        if outcome is WriteOutcome.CONFLICT:
            write_file(path.with_name(f"{path.name}.new"), file.text, file.mode)
            return outcome
        if outcome is WriteOutcome.WRITTEN:
            write_file(path, file.text, file.mode)
        if file.group and self.is_real:
            shutil.chown(path, "root", file.group)
            path.chmod(file.mode)
        self.record(str(file.path), file.text)
        return outcome

    def record(self, name: str, text: str) -> None:
        """Store a digest of `text` under `name`."""
        if self.differs(name, text):
            self._state[name] = _digest(text)
            self._save()

    def differs(self, name: str, text: str) -> bool:
        """Return whether the stored digest under `name` is not that of `text`."""
        return self._state.get(name) != _digest(text)

    def with_stored(self, options: dict[str, str]) -> dict[str, str]:
        """Return the options; empty ones have the value of the last run."""
        return {name: value or self._state.get(name, "") for name, value in options.items()}

    def store_options(self, options: dict[str, str]) -> None:
        """Store the options that are not empty for the next run."""
        before = dict(self._state)
        self._state |= {name: value for name, value in options.items() if value}
        if self._state != before:
            self._save()

    def _save(self) -> None:
        write_file(self.at(STATE_FILE), json.dumps(self._state, indent=1), 0o600)

    @property
    def is_real(self) -> bool:
        """Whether files go to the machine itself, not to a folder for a trial."""
        return self._root == Path("/")

    def at(self, path: Path) -> Path:
        """Return the path below `root`."""
        return self._root / path.relative_to("/")


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def write_file(path: Path, text: str, mode: int) -> None:
    """Write a file atomically; until it is complete, only the current user can read it."""
    make_public(path.parent)
    partial = path.with_name(f".{path.name}.part")
    partial.unlink(missing_ok=True)
    try:
        with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(text)
            os.fchmod(file.fileno(), mode)
            file.flush()
            os.fsync(file.fileno())
        partial.rename(path)
    except OSError:
        with suppress(OSError):
            partial.unlink(missing_ok=True)
        raise
