"""Archives in an S3 bucket; credentials and endpoint come from AWS's environment variables."""

import datetime as dt
import io
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import IO, Any, cast

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from broadsheet.ops.backup import BackupError
from broadsheet.ops.backup.archive_names import StoredArchive, is_archive

PART_SIZE = 16_777_216  # bytes; S3 accepts 10,000 parts, so an archive may have up to 160 GB
#: An older unfinished upload was interrupted: no backup takes longer.
_STALE_AFTER = dt.timedelta(days=1)


class BucketStorage:
    """Archives below `prefix` in the bucket `name`."""

    def __init__(self, name: str, prefix: str) -> None:
        self._s3: Any = boto3.client("s3")
        self._name, self._prefix = name, f"{prefix}/" if prefix else ""

    def __str__(self) -> str:
        return f"s3://{self._name}/{self._prefix}".rstrip("/")

    @contextmanager
    def write(self, name: str) -> Iterator[IO[bytes]]:
        """Yield a file that is uploaded in parts; they become an object when it is complete."""
        with self._backup_errors():
            self._abort_stale_uploads()
            where = {"Bucket": self._name, "Key": self._prefix + name}
            upload = where | {"UploadId": self._s3.create_multipart_upload(**where)["UploadId"]}
            parts = _MultipartFile(self._s3, upload)
            try:
                yield cast("IO[bytes]", parts)
                parts.finish()
            except BaseException:
                with suppress(BotoCoreError, ClientError):
                    self._s3.abort_multipart_upload(**upload)
                raise

    def open(self, name: str) -> IO[bytes]:
        """Open the archive `name`."""
        with self._backup_errors():
            response = self._s3.get_object(Bucket=self._name, Key=self._prefix + name)
            return cast("IO[bytes]", response["Body"])

    def list_archives(self) -> list[StoredArchive]:
        """Return the stored archives, oldest first."""
        with self._backup_errors():
            pages = self._s3.get_paginator("list_objects_v2").paginate(
                Bucket=self._name, Prefix=self._prefix
            )
            archives = [
                StoredArchive(entry["Key"].removeprefix(self._prefix), entry["Size"])
                for page in pages
                for entry in page.get("Contents", [])
            ]
        return [stored for stored in archives if is_archive(stored.name)]

    def delete(self, name: str) -> None:
        """Delete the archive `name`."""
        with self._backup_errors():
            self._s3.delete_object(Bucket=self._name, Key=self._prefix + name)

    def _abort_stale_uploads(self) -> None:
        """Abort interrupted uploads, which deletes their parts."""
        uploads = self._s3.list_multipart_uploads(Bucket=self._name, Prefix=self._prefix)
        before = dt.datetime.now(dt.UTC) - _STALE_AFTER
        for upload in uploads.get("Uploads", []):
            if upload["Initiated"] < before:
                self._s3.abort_multipart_upload(
                    Bucket=self._name, Key=upload["Key"], UploadId=upload["UploadId"]
                )

    @contextmanager
    def _backup_errors(self) -> Iterator[None]:
        try:
            yield
        except (BotoCoreError, ClientError) as error:
            raise BackupError(
                f"{self} cannot be used: {error}. Check AWS_ACCESS_KEY_ID, "
                "AWS_SECRET_ACCESS_KEY and AWS_ENDPOINT_URL_S3."
            ) from error


class _MultipartFile(io.RawIOBase):
    """A file whose content is uploaded whenever there is enough for a part."""

    def __init__(self, s3: Any, upload: dict[str, str]) -> None:
        self._s3, self._upload = s3, upload
        self._buffer = bytearray()
        self._parts: list[dict[str, Any]] = []

    def writable(self) -> bool:
        """Return True."""
        return True

    def write(self, data: Any) -> int:
        """Buffer `data`, and upload complete parts."""
        self._buffer += data
        while len(self._buffer) >= PART_SIZE:
            self._send(bytes(self._buffer[:PART_SIZE]))
            del self._buffer[:PART_SIZE]
        return len(data)

    def finish(self) -> None:
        """Upload the rest and complete the upload."""
        self._send(bytes(self._buffer))
        self._s3.complete_multipart_upload(**self._upload, MultipartUpload={"Parts": self._parts})

    def _send(self, data: bytes) -> None:
        number = len(self._parts) + 1
        response = self._s3.upload_part(**self._upload, PartNumber=number, Body=data)
        self._parts.append({"PartNumber": number, "ETag": response["ETag"]})
