"""What goes into an archive besides the database: media, the theme, settings and the key."""

import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import IO

from django.conf import settings
from django.core.files.storage import FileSystemStorage, Storage, default_storage

from broadsheet.lib.env import Setting
from broadsheet.ops.backup.archive import Tar


class Media:
    """The files in the storage, with those held back that the database's rows name.

    A file's name is made from its content, so that it is never written anew; but a portrait that
    somebody replaces is deleted. `hold` gives such files a second name (a hard link) until the
    archive has them.
    """

    def __init__(self, held: Path) -> None:
        self._held = held
        self._storage: Storage = default_storage
        self.missing: list[str] = []

    def hold(self, names: Iterable[str]) -> set[str]:
        """Hold the files `names`; return those that are not there."""
        if isinstance(self._root(), Path):
            return {name for name in names if not self._link(name)}
        return set()

    def entries(self, tar: Tar, names: Iterable[str]) -> Iterator[bytes]:
        """Yield every file there is as an entry; those of `names` that are gone are `missing`."""
        wanted = set(names)
        for name in sorted(wanted | set(self._walk(""))):
            try:
                file, size, modified = self._open(name)
            except FileNotFoundError:
                self.missing += [name] if name in wanted else []
                continue
            with file:
                yield from tar.add(f"media/{name}", file, size=size, modified=modified)

    def _root(self) -> Path | None:
        is_folder = isinstance(self._storage, FileSystemStorage)
        return Path(self._storage.path("")) if is_folder else None

    def _link(self, name: str) -> bool:
        source, link = Path(self._storage.path(name)), self._held / name
        link.parent.mkdir(parents=True, exist_ok=True)
        try:
            os.link(source, link)
        except FileExistsError:
            return True
        except OSError:  # another disk, or a file system without links
            return source.exists()
        return True

    def _walk(self, folder: str) -> Iterator[str]:
        folders: list[str] = []
        files: list[str] = []
        with suppress(FileNotFoundError):
            folders, files = self._storage.listdir(folder)
        yield from (f"{folder}{name}" for name in files)
        for name in folders:
            yield from self._walk(f"{folder}{name}/")

    def _open(self, name: str) -> tuple[IO[bytes], int, float]:
        root = self._root()
        if root is None:
            modified = self._storage.get_modified_time(name).timestamp()
            return self._storage.open(name), self._storage.size(name), modified
        held = self._held / name
        file = (held if held.is_file() else root / name).open("rb")
        said = os.fstat(file.fileno())
        return file, said.st_size, said.st_mtime


def folder(tar: Tar, path: Path, name: str) -> Iterator[bytes]:
    """Yield the files in the folder `path` as entries below `name`."""
    for file in sorted(path.rglob("*")):
        if file.is_file():
            said = file.stat()
            with file.open("rb") as opened:
                inside = f"{name}/{file.relative_to(path).as_posix()}"
                yield from tar.add(inside, opened, size=said.st_size, modified=said.st_mtime)


def settings_text(*, with_secrets: bool) -> str:
    """Return the settings that somebody gave a value, as lines of a file `.env`."""
    given = [setting for setting in settings.ENV if setting.is_set]
    return "".join(_line(setting, with_secrets=with_secrets) for setting in given)


def _line(setting: Setting, *, with_secrets: bool) -> str:
    if setting.is_secret and not with_secrets:
        return f"# {setting.name}= is a secret: left out, for the archive was not encrypted.\n"
    value = setting.value
    if isinstance(value, bool):
        value = "yes" if value else "no"
    if isinstance(value, list):
        value = ",".join(value)
    return f"{setting.name}={value}\n"
