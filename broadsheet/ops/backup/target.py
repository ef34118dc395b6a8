"""Where archives go, by its name."""

from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

from broadsheet.ops.backup.places import Folder, Place


def place(target: str) -> Place:
    """Return the place that `target` names: a folder, or s3://BUCKET/PREFIX."""
    if target.startswith("s3://"):
        from broadsheet.ops.backup.bucket import Bucket  # noqa: PLC0415 - boto3 takes a while

        parts = urlsplit(target)
        return Bucket(parts.netloc, parts.path.strip("/"))
    return Folder(Path(target))


def is_beside(folder: Path, data: Path) -> bool:
    """Whether `folder` is one on the disk that `data` is on; s3://… is none."""
    with suppress(OSError):
        return folder.is_absolute() and folder.stat().st_dev == data.stat().st_dev
    return False
