"""The exchange of one site for another: written down first, so that whoever comes next can finish.

`restore/` in the data folder holds `new/`, the site that comes, `replaced/`, the one that went, and
while they change places `journal.json`. Each step can be done again without harm.
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

PLACE = settings.DATA / "restore"
NEW, REPLACED = PLACE / "new", PLACE / "replaced"
_FILE = PLACE / "journal.json"
#: A file beside a site's parts that says that its database is all there is: others stay.
DATABASE_ONLY = "database-only"
#: Of these a site that comes without one leaves the present one: the key of an open archive.
_OPTIONAL = {"secret-key"}


@dataclass(frozen=True, slots=True)
class Step:
    """One part of a site: where it lives, where it comes from and where the present one goes."""

    live: str
    new: str
    old: str
    is_there: bool


def parts() -> dict[str, Path]:
    """Return where the parts of this site are that change places, by their names in an archive."""
    found: dict[str, Path] = {}
    if settings.DATABASES["default"]["ENGINE"].endswith("sqlite3"):
        file = str(settings.DATABASES["default"]["NAME"])
        found = {f"database.sqlite3{end}": Path(file + end) for end in ("-shm", "-wal", "")}
    if isinstance(default_storage, FileSystemStorage):
        found["media"] = Path(default_storage.path(""))
    return {**found, **{name: settings.DATA / name for name in ("theme", "secret-key")}}


def is_open() -> bool:
    """Whether an exchange has begun and not ended."""
    return _FILE.exists()


def begin(*, source: Path, moment: str = "") -> None:
    """Write down that what is in `source` takes the site's place.

    `moment` names the transaction in which PostgreSQL's tables do so: no file moves before it.
    """
    if source != NEW:
        shutil.rmtree(NEW, ignore_errors=True)
    is_database_only = (source / DATABASE_ONLY).exists()
    steps = [
        asdict(Step(str(live), str(NEW / name), str(REPLACED / name), live.exists()))
        for name, live in parts().items()
        if (source / name).exists()
        or (name.startswith("database.") if is_database_only else name not in _OPTIONAL)
    ]
    text = json.dumps({"source": str(source), "moment": moment, "steps": steps})
    draft = _FILE.with_suffix(".new")
    with draft.open("w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    draft.rename(_FILE)
    sync(PLACE)


def finish() -> None:
    """Do what is written down and not done; with PostgreSQL nothing, if its part failed."""
    if not is_open():
        return
    said: dict[str, Any] = json.loads(_FILE.read_text())
    if not said["moment"] or postgresql_restore.is_done(said["moment"]):
        _exchange(Path(said["source"]), [Step(**step) for step in said["steps"]])
    _FILE.unlink()
    sync(PLACE)
    shutil.rmtree(NEW, ignore_errors=True)


def _exchange(source: Path, steps: list[Step]) -> None:
    if source != NEW and not NEW.exists():
        source.rename(NEW)
    REPLACED.mkdir(mode=0o700, exist_ok=True)
    if (NEW / DATABASE_ONLY).exists():
        (REPLACED / DATABASE_ONLY).touch()
    for step in steps:
        _put_away(step)
        _put_in(step)
    sync(REPLACED)
    shutil.rmtree(settings.DATA / "front", ignore_errors=True)  # pages of the site that went
    shutil.rmtree(settings.RUN / "replica", ignore_errors=True)  # what was replicated of it


def _put_away(step: Step) -> None:
    live, old = Path(step.live), Path(step.old)
    if not step.is_there or old.exists():
        return
    if live.is_file() and Path(step.new).exists():
        os.link(live, old)  # the new one takes its name at once: it is never missing
    else:
        live.rename(old)
    sync(live.parent)


def _put_in(step: Step) -> None:
    live, new = Path(step.live), Path(step.new)
    if not new.exists():
        return
    if live.is_dir():  # it was put away: somebody made one anew
        shutil.rmtree(live)
    new.replace(live)
    sync(live.parent)
