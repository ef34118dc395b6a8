"""The location of the replica: whether it is writable, and whether a replica exists."""

import os
import tempfile
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings

from broadsheet.ops.backup import BackupError
from broadsheet.ops.backup.create import Say
from broadsheet.ops.litestream import program


def check(say: Say) -> None:
    """Check the requirements of replication before the site is served. Raises BackupError.

    If S3 does not respond, the server still starts, and Litestream catches up later.
    """
    program.find_program()
    if settings.REPLICA_URL.startswith("s3://"):
        has_replica = _check_bucket(say)
    else:
        has_replica = _check_folder(Path(settings.REPLICA_URL))
    if has_replica and not program.database_path().exists():
        raise BackupError(
            f"The database is missing, but there is a replica in {settings.REPLICA_URL}. Run "
            "`broadsheet restore --replica` to restore it. For a new site, use another "
            "BROADSHEET_REPLICA_URL."
        )


def _check_folder(folder: Path) -> bool:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return (folder / "ltx").exists()
    except OSError as error:
        raise BackupError(
            f"BROADSHEET_REPLICA_URL: {folder} cannot be written ({error.strerror})."
        ) from error


def _check_bucket(say: Say) -> bool:
    import boto3  # noqa: PLC0415 - slow to import
    from botocore.config import Config  # noqa: PLC0415
    from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415

    parts = urlsplit(settings.REPLICA_URL)
    prefix = f"{parts.path.strip('/')}/".lstrip("/")
    probe = {"Bucket": parts.netloc, "Key": f"{prefix}probe"}
    limits = Config(connect_timeout=3, read_timeout=10, retries={"total_max_attempts": 1})
    try:
        s3: Any = boto3.client("s3", region_name=os.environ.get("AWS_REGION"), config=limits)
        s3.put_object(**probe)
        s3.delete_object(**probe)
        objects = s3.list_objects_v2(Bucket=parts.netloc, Prefix=prefix, MaxKeys=1)
        return bool(objects.get("KeyCount"))
    except ClientError as error:
        raise BackupError(
            f"BROADSHEET_REPLICA_URL: {settings.REPLICA_URL} cannot be written ({error})."
        ) from error
    except BotoCoreError as error:
        say(f"The replica's storage does not answer, so the replica will be behind: {error}.")
        return False
