"""Write-ahead journal of a restore, so that the next process can finish an interrupted one.

`restore/` in the data folder holds `new/`, the restored site, `replaced/`, the one it replaces,
and during the swap `journal.json`. Each step is idempotent.
"""

import json
import os
import shutil
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.files.storage import FileSystemStorage, default_storage

from broadsheet.ops.backup import postgresql_restore
from broadsheet.ops.backup.storages import sync

FOLDER = settings.DATA / "restore"
NEW, REPLACED = FOLDER / "new", FOLDER / "replaced"
_FILE = FOLDER / "journal.json"
#: Marker file next to the parts of a site that has only a database: other parts are not replaced.
DATABASE_ONLY = "database-only"
#: Parts that are not removed if the new site lacks them: an unencrypted archive has no secret key.
_OPTIONAL = {"secret-key"}


@dataclass(frozen=True, slots=True)
class SwapStep:
    """The swap of one part of a site: `live` moves to `old`, then `new` to `live`."""

    live: str
    new: str
    old: str
    is_there: bool


def parts() -> dict[str, Path]:
    """Return the paths of the parts that a restore swaps, by their names in an archive."""
    paths: dict[str, Path] = {}
    if settings.DATABASES["default"]["ENGINE"].endswith("sqlite3"):
        file = str(settings.DATABASES["default"]["NAME"])
        paths = {f"database.sqlite3{end}": Path(file + end) for end in ("-shm", "-wal", "")}
    if isinstance(default_storage, FileSystemStorage):
        paths["media"] = Path(default_storage.path(""))
    return {**paths, **{name: settings.DATA / name for name in ("theme", "secret-key")}}


def is_pending() -> bool:
    """Return whether a swap has begun and not finished."""
    return _FILE.exists()


def begin(*, source: Path, moment: str = "") -> None:
    """Record that the site in `source` replaces the current one.

    `moment` identifies the transaction that swaps PostgreSQL's tables; files move only after it.
    """
    if source != NEW:
        shutil.rmtree(NEW, ignore_errors=True)
    is_database_only = (source / DATABASE_ONLY).exists()
    steps = [
        asdict(SwapStep(str(live), str(NEW / name), str(REPLACED / name), live.exists()))
        for name, live in parts().items()
        if (source / name).exists()
        or (name.startswith("database.") if is_database_only else name not in _OPTIONAL)
    ]
    text = json.dumps({"source": str(source), "moment": moment, "steps": steps})
    temporary = _FILE.with_suffix(".new")
    with temporary.open("w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    temporary.rename(_FILE)
    sync(FOLDER)


def finish() -> None:
    """Do the remaining recorded steps; none if PostgreSQL's transaction failed."""
    if not is_pending():
        return
    record: dict[str, Any] = json.loads(_FILE.read_text())
    if not record["moment"] or postgresql_restore.is_committed(record["moment"]):
        _swap(Path(record["source"]), [SwapStep(**step) for step in record["steps"]])
    _FILE.unlink()
    sync(FOLDER)
    shutil.rmtree(NEW, ignore_errors=True)


def _swap(source: Path, steps: list[SwapStep]) -> None:
    if source != NEW and not NEW.exists():
        source.rename(NEW)
    REPLACED.mkdir(mode=0o700, exist_ok=True)
    if (NEW / DATABASE_ONLY).exists():
        (REPLACED / DATABASE_ONLY).touch()
    for step in steps:
        _move_old(step)
        _move_new(step)
    sync(REPLACED)
    shutil.rmtree(settings.RUN / "replica", ignore_errors=True)  # Litestream's state of it


def _move_old(step: SwapStep) -> None:
    live, old = Path(step.live), Path(step.old)
    if not step.is_there or old.exists():
        return
    if live.is_file() and Path(step.new).exists():
        os.link(live, old)  # the new one replaces it atomically: the file is never missing
    else:
        live.rename(old)
    sync(live.parent)


def _move_new(step: SwapStep) -> None:
    live, new = Path(step.live), Path(step.new)
    if not new.exists():
        return
    if live.is_dir():  # it was moved away, and created again since
        shutil.rmtree(live)
    new.replace(live)
    sync(live.parent)
