"""Sites with posts and images, whose commands run in processes of their own."""

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
    """Run `code` in the site's shell; return what it printed."""
    result = run(data, "shell", "--no-imports", "-c", code, **more)
    assert result.returncode == 0, result.stderr
    return result.stdout


def fill(data: Path, *, posts: int, size: int = 16, **more: str) -> None:
    """Make a site with `posts` posts, each with an image of `size` times `size` pixels."""
    set_up(data, **more)
    shell(data, _WRITE.format(count=posts, size=size), **more)


def copy(data: Path, to: Path) -> Path:
    """Copy a site that nobody uses."""
    shutil.copytree(data, to)
    return to


def rows(database: Path) -> dict[str, list[tuple[Any, ...]]]:
    """Return all rows of all tables, in their order."""
    with closing(sqlite3.connect(database)) as connection:
        tables = connection.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'"
        ).fetchall()
        return {
            name: sorted(connection.execute(f'SELECT * FROM "{name}"').fetchall(), key=repr)
            for (name,) in tables
        }


def files(folder: Path) -> dict[str, bytes]:
    """Return the files below `folder`."""
    return {
        file.relative_to(folder).as_posix(): file.read_bytes()
        for file in folder.rglob("*")
        if file.is_file()
    }


def contents(archive: bytes) -> dict[str, bytes]:
    """Return the files in an archive that is not encrypted, in their order."""
    with ZstdFile(BytesIO(archive)) as plain, tarfile.open(fileobj=plain, mode="r|") as tar:
        return {entry.name: opened.read() for entry in tar if (opened := tar.extractfile(entry))}


def said(archive: bytes, name: str) -> dict[str, Any]:
    """Return the JSON file `name` in an archive that is not encrypted."""
    found: dict[str, Any] = json.loads(contents(archive)[name])
    return found


def only(folder: Path) -> Path:
    """Return the one archive that is in `folder`, in which there is nothing else."""
    (archive,) = folder.iterdir()
    return archive


#: Written while commands run: what the CDN was told, which backups were made, and by migrations
#: that everything has changed.
PASSING = {"ops_told", "ops_backup", "pagecache_change"}


def state(data: Path) -> tuple[object, ...]:
    """Return all rows and files that make up a site."""
    database = data / "broadsheet.sqlite3"
    there = rows(database).items()
    kept = {n: r for n, r in there if n not in PASSING and not n.startswith("_litestream_")}
    key = (data / "secret-key").read_bytes()
    return kept, files(data / "media"), files(data / "theme"), key
