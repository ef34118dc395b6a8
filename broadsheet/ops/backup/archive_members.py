"""Contents of an archive other than the database: media, theme, settings and secret key."""

import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import IO

from django.conf import settings
from django.core.files.storage import FileSystemStorage, Storage, default_storage

from broadsheet.lib.env import SettingValue
from broadsheet.ops.backup.archive import TarWriter


class MediaFiles:
    """The files in the media storage; files that the database names are protected from deletion.

    A file's name is derived from its content, so it is never overwritten; but a portrait that is
    replaced is deleted. `link_all` gives such files a second name (a hard link) until the archive
    has them.
    """

    def __init__(self, links: Path) -> None:
        self._links = links
        self._storage: Storage = default_storage
        self.missing: list[str] = []

    def link_all(self, names: Iterable[str]) -> set[str]:
        """Hard-link the files `names`; return the names of missing files."""
        if isinstance(self._root(), Path):
            return {name for name in names if not self._link(name)}
        return set()

    def entries(self, tar: TarWriter, names: Iterable[str]) -> Iterator[bytes]:
        """Yield every file as an entry; add the `names` of files that do not exist to `missing`."""
        required = set(names)
        for name in sorted(required | set(self._walk(""))):
            try:
                file, size, modified = self._open(name)
            except FileNotFoundError:
                self.missing += [name] if name in required else []
                continue
            with file:
                yield from tar.add(f"media/{name}", file, size=size, modified=modified)

    def _root(self) -> Path | None:
        is_folder = isinstance(self._storage, FileSystemStorage)
        return Path(self._storage.path("")) if is_folder else None

    def _link(self, name: str) -> bool:
        source, link = Path(self._storage.path(name)), self._links / name
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
        link = self._links / name
        file = (link if link.is_file() else root / name).open("rb")
        stat = os.fstat(file.fileno())
        return file, stat.st_size, stat.st_mtime


def folder_entries(tar: TarWriter, path: Path, name: str) -> Iterator[bytes]:
    """Yield the files in the folder `path` as entries below `name`."""
    for file in sorted(path.rglob("*")):
        if file.is_file():
            stat = file.stat()
            with file.open("rb") as opened:
                inside = f"{name}/{file.relative_to(path).as_posix()}"
                yield from tar.add(inside, opened, size=stat.st_size, modified=stat.st_mtime)


def settings_text(*, with_secrets: bool) -> str:
    """Return all settings that are set, as lines of an `.env` file."""
    values = [value for value in settings.ENV if value.is_set]
    return "".join(_line(value, with_secrets=with_secrets) for value in values)


def _line(explicit: SettingValue, *, with_secrets: bool) -> str:
    setting, value = explicit.setting, explicit.value
    if setting.is_secret and not with_secrets:
        return f"# {setting.name}= is a secret: omitted because the archive is not encrypted.\n"
    if isinstance(value, bool):
        value = "yes" if value else "no"
    if isinstance(value, list):
        value = ",".join(value)
    return f"{setting.name}={value}\n"
