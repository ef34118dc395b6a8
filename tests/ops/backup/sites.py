"""Creates and compares sites with posts and images; commands run in separate processes."""

import json
import shutil
import sqlite3
import tarfile
from contextlib import closing
from io import BytesIO
from pathlib import Path
from typing import Any

from broadsheet.ops.backup.zstd import ZstdFile
from tests.ops.processes import run, set_up

_WRITE = """
import io, os, sys
from PIL import Image as Picture
from broadsheet.accounts.models import Role, User
from broadsheet.media import actions as media
from broadsheet.posts import actions
from broadsheet.publication.models import Site
count, size = {count}, {size}
Site.objects.get_or_create(id=1, defaults={{"name": "The Daily Test"}})
by = User.objects.create(username="olivia", email="olivia@example.org", role=Role.OWNER)
for number in range(count):
    file = io.BytesIO()
    Picture.frombytes("RGB", (size, size), os.urandom(3 * size * size)).save(file, "PNG")
    file.seek(0)
    image = media.upload(file, name=f"{{number}}.png", by=by)
    content = f"Words of number {{number}}.\\n\\n![A picture]({{image.url}})"
    post = actions.create(by=by, title=f"Post {{number}}", content=content, tags=["One", "Two"])
    actions.publish(post, by=by)
"""


def shell(data: Path, code: str, **more: str) -> str:
    """Run `code` in the site's shell; return its output."""
    result = run(data, "shell", "--no-imports", "-c", code, **more)
    assert result.returncode == 0, result.stderr
    return result.stdout


def fill(data: Path, *, posts: int, size: int = 16, **more: str) -> None:
    """Create a site with `posts` posts, each with an image of `size` by `size` pixels."""
    set_up(data, **more)
    shell(data, _WRITE.format(count=posts, size=size), **more)


def copy(data: Path, to: Path) -> Path:
    """Copy a site that is not in use."""
    shutil.copytree(data, to)
    return to


def rows(database: Path) -> dict[str, list[tuple[Any, ...]]]:
    """Return all rows of all tables, sorted."""
    with closing(sqlite3.connect(database)) as connection:
        tables = connection.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'"
        ).fetchall()
        return {
            name: sorted(connection.execute(f'SELECT * FROM "{name}"').fetchall(), key=repr)
            for (name,) in tables
        }


def files(folder: Path) -> dict[str, bytes]:
    """Return the contents of all files in `folder` and its subfolders, by path."""
    return {
        file.relative_to(folder).as_posix(): file.read_bytes()
        for file in folder.rglob("*")
        if file.is_file()
    }


def contents(archive: bytes) -> dict[str, bytes]:
    """Return the files in an unencrypted archive, in order."""
    with ZstdFile(BytesIO(archive)) as plain, tarfile.open(fileobj=plain, mode="r|") as tar:
        return {entry.name: opened.read() for entry in tar if (opened := tar.extractfile(entry))}


def read_json(archive: bytes, name: str) -> dict[str, Any]:
    """Return the JSON file `name` in an unencrypted archive."""
    found: dict[str, Any] = json.loads(contents(archive)[name])
    return found


def only(folder: Path) -> Path:
    """Return the archive in `folder`, which must be the only file there."""
    (archive,) = folder.iterdir()
    return archive


#: Tables that commands write themselves: purges sent to the CDN, the history of backups, and the
#: log of changes, to which migrations write.
TRANSIENT_TABLES = {"ops_told", "ops_backup", "pagecache_change"}


def state(data: Path) -> tuple[object, ...]:
    """Return all rows, media files, theme files and the secret key of a site."""
    database = data / "broadsheet.sqlite3"
    tables = {
        name: found
        for name, found in rows(database).items()
        if name not in TRANSIENT_TABLES and not name.startswith("_litestream_")
    }
    key = (data / "secret-key").read_bytes()
    return tables, files(data / "media"), files(data / "theme"), key
