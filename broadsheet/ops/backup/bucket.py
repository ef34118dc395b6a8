"""A bucket of S3: its keys and its endpoint are set as for all of AWS's tools."""

import datetime as dt
import io
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import IO, Any, cast

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from broadsheet.ops.backup.archive_names import StoredArchive, is_archive
from broadsheet.ops.backup.errors import BackupError

PART = 16_777_216  # bytes; S3 takes 10,000 parts, so an archive may have 160 GB
#: An upload that began so long ago was cut off: no backup takes longer.
_LEFT = dt.timedelta(days=1)


class Bucket:
    """Archives below `prefix` in the bucket `name`."""

    def __init__(self, name: str, prefix: str) -> None:
        self._s3: Any = boto3.client("s3")
        self._name, self._prefix = name, f"{prefix}/" if prefix else ""

    def __str__(self) -> str:
        return f"s3://{self._name}/{self._prefix}".rstrip("/")

    @contextmanager
    def writing(self, name: str) -> Iterator[IO[bytes]]:
        """Give a file that goes up in parts; they become an object when it is whole."""
        with self._in_words():
            self._tidy()
            where = {"Bucket": self._name, "Key": self._prefix + name}
            upload = where | {"UploadId": self._s3.create_multipart_upload(**where)["UploadId"]}
            parts = _Parts(self._s3, upload)
            try:
                yield cast("IO[bytes]", parts)
                parts.finish()
            except BaseException:
                with suppress(BotoCoreError, ClientError):
                    self._s3.abort_multipart_upload(**upload)
                raise

    def reading(self, name: str) -> IO[bytes]:
        """Open the archive `name`."""
        with self._in_words():
            answer = self._s3.get_object(Bucket=self._name, Key=self._prefix + name)
            return cast("IO[bytes]", answer["Body"])

    def archives(self) -> list[StoredArchive]:
        """Return the archives that are there, the oldest first."""
        with self._in_words():
            pages = self._s3.get_paginator("list_objects_v2").paginate(
                Bucket=self._name, Prefix=self._prefix
            )
            found = [
                StoredArchive(entry["Key"].removeprefix(self._prefix), entry["Size"])
                for page in pages
                for entry in page.get("Contents", [])
            ]
        return [stored for stored in found if is_archive(stored.name)]

    def remove(self, name: str) -> None:
        """Remove the archive `name`."""
        with self._in_words():
            self._s3.delete_object(Bucket=self._name, Key=self._prefix + name)

    def _tidy(self) -> None:
        """Remove the parts of uploads that were cut off."""
        begun = self._s3.list_multipart_uploads(Bucket=self._name, Prefix=self._prefix)
        before = dt.datetime.now(dt.UTC) - _LEFT
        for upload in begun.get("Uploads", []):
            if upload["Initiated"] < before:
                self._s3.abort_multipart_upload(
                    Bucket=self._name, Key=upload["Key"], UploadId=upload["UploadId"]
                )

    @contextmanager
    def _in_words(self) -> Iterator[None]:
        try:
            yield
        except (BotoCoreError, ClientError) as error:
            raise BackupError(
                f"{self} cannot be used: {error}. Look at AWS_ACCESS_KEY_ID, "
                "AWS_SECRET_ACCESS_KEY and AWS_ENDPOINT_URL_S3."
            ) from error


class _Parts(io.RawIOBase):
    """What is written goes up whenever there is a part's worth of it."""

    def __init__(self, s3: Any, upload: dict[str, str]) -> None:
        self._s3, self._upload = s3, upload
        self._waiting = bytearray()
        self._sent: list[dict[str, Any]] = []

    def writable(self) -> bool:
        """Whether it can be written to: yes."""
        return True

    def write(self, data: Any) -> int:
        """Take `data`."""
        self._waiting += data
        while len(self._waiting) >= PART:
            self._send(bytes(self._waiting[:PART]))
            del self._waiting[:PART]
        return len(data)

    def finish(self) -> None:
        """Send the rest and make an object of it."""
        self._send(bytes(self._waiting))
        self._s3.complete_multipart_upload(**self._upload, MultipartUpload={"Parts": self._sent})

    def _send(self, data: bytes) -> None:
        number = len(self._sent) + 1
        answer = self._s3.upload_part(**self._upload, PartNumber=number, Body=data)
        self._sent.append({"PartNumber": number, "ETag": answer["ETag"]})
