"""S3 storage backend for media, with the same URLs as local storage."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urljoin, urlsplit

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from django.conf import settings
from django.core.files.base import ContentFile, File
from django.utils.encoding import filepath_to_uri
from storages.backends.s3 import S3Storage

from broadsheet.lib.file_storage import StorageUnavailableError

_CLIENT = Config(
    connect_timeout=3, read_timeout=20, retries={"total_max_attempts": 2}, max_pool_connections=32
)


class MediaS3Storage(S3Storage):  # type: ignore[misc]
    """Objects below a prefix. The bucket need not be public: the site serves the objects itself.

    Raises StorageUnavailableError if S3 does not respond or refuses a request.
    """

    def __init__(self, url: str) -> None:
        """Use s3://BUCKET/PREFIX; credentials come from the same sources as for AWS tools."""
        super().__init__(**_options(url))

    def url(self, name: str | None, *_more: Any, **_options: Any) -> str:
        """Return the URL below /media/: URLs in posts do not depend on the storage."""
        return urljoin(settings.MEDIA_URL, str(filepath_to_uri(name)).lstrip("/"))

    def exists(self, name: str) -> bool:
        """Return whether the object exists."""
        with _translate_errors():
            return bool(super().exists(name))

    def size(self, name: str) -> int:
        """Return the object's size in bytes."""
        with _translate_errors():
            return int(super().size(name))

    def delete(self, name: str) -> None:
        """Delete the object if it exists."""
        with _translate_errors():
            super().delete(name)

    def listdir(self, path: str) -> tuple[list[str], list[str]]:
        """Return the folders and the files in a folder; none if it does not exist."""
        with _translate_errors():
            folders, files = super().listdir(path)
            return folders, files

    def names(self) -> Iterator[str]:
        """Yield the names of all objects in order."""
        prefix = f"{self.location}/" if self.location else ""
        with _translate_errors():
            for item in self.bucket.objects.filter(Prefix=prefix):
                yield item.key.removeprefix(prefix)

    def _open(self, name: str, _mode: str = "rb") -> "File[Any]":
        """Fetch the whole object: images are small, and callers need all of it."""
        with _translate_errors():
            try:
                response = self.bucket.Object(self._normalize_name(name)).get()
            except self.connection.meta.client.exceptions.NoSuchKey as error:
                raise FileNotFoundError(name) from error
            return ContentFile(response["Body"].read(), name)

    def _save(self, name: str, content: "File[Any]") -> str:
        with _translate_errors():
            return str(super()._save(name, content))


def _options(url: str) -> dict[str, Any]:
    """Return the options of django-storages."""
    parts = urlsplit(url)
    return {
        "bucket_name": parts.netloc,
        "location": parts.path.strip("/"),
        "region_name": os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION"),
        "object_parameters": {"CacheControl": "public, max-age=31536000, immutable"},
        "client_config": _CLIENT.merge(Config(s3={"addressing_style": _addressing_style()})),
    }


def _addressing_style() -> str:
    """Return the addressing style: self-hosted servers seldom have a host name per bucket."""
    return "path" if os.environ.get("AWS_ENDPOINT_URL_S3") else "auto"


@contextmanager
def _translate_errors() -> Iterator[None]:
    try:
        yield
    except (BotoCoreError, ClientError) as error:
        message = str(error).partition("\n")[0].rstrip(".")
        raise StorageUnavailableError(f"S3 is not available: {message}") from error
