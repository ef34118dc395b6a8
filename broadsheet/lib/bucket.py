"""Media in a bucket of S3, under the addresses that they have in a folder."""

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

from broadsheet.lib.storage import Gone

_CLIENT = Config(
    connect_timeout=3, read_timeout=20, retries={"total_max_attempts": 2}, max_pool_connections=32
)


class Bucket(S3Storage):  # type: ignore[misc]
    """The objects below a prefix. Nothing in it needs to be public: the site sends them itself.

    Raises Gone where S3 does not answer or refuses.
    """

    def __init__(self, address: str) -> None:
        """Use s3://BUCKET/PREFIX; keys are where all of AWS's tools find them."""
        super().__init__(**_options(address))

    def url(self, name: str | None, *_more: Any, **_options: Any) -> str:
        """Return the address below /media/: what posts say must stay, wherever files are."""
        return urljoin(settings.MEDIA_URL, str(filepath_to_uri(name)).lstrip("/"))

    def exists(self, name: str) -> bool:
        """Return whether the object is there."""
        with _in_words():
            return bool(super().exists(name))

    def size(self, name: str) -> int:
        """Return its size in bytes."""
        with _in_words():
            return int(super().size(name))

    def delete(self, name: str) -> None:
        """Remove it; one that is not there is passed over."""
        with _in_words():
            super().delete(name)

    def listdir(self, path: str) -> tuple[list[str], list[str]]:
        """Return the folders and the files in a folder; none in one that is not there."""
        with _in_words():
            folders, files = super().listdir(path)
            return folders, files

    def names(self) -> Iterator[str]:
        """Yield the names of all objects in order."""
        prefix = f"{self.location}/" if self.location else ""
        with _in_words():
            for found in self.bucket.objects.filter(Prefix=prefix):
                yield found.key.removeprefix(prefix)

    def _open(self, name: str, _mode: str = "rb") -> "File[Any]":
        """Fetch all of it at once: images are small, and whoever asks for one wants it whole."""
        with _in_words():
            try:
                found = self.bucket.Object(self._normalize_name(name)).get()
            except self.connection.meta.client.exceptions.NoSuchKey as error:
                raise FileNotFoundError(name) from error
            return ContentFile(found["Body"].read(), name)

    def _save(self, name: str, content: "File[Any]") -> str:
        with _in_words():
            return str(super()._save(name, content))


def _options(address: str) -> dict[str, Any]:
    """Return how django-storages names it."""
    parts = urlsplit(address)
    return {
        "bucket_name": parts.netloc,
        "location": parts.path.strip("/"),
        "region_name": os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION"),
        "object_parameters": {"CacheControl": "public, max-age=31536000, immutable"},
        "client_config": _CLIENT.merge(Config(s3={"addressing_style": _style()})),
    }


def _style() -> str:
    """Return how the bucket is named: servers of one's own seldom have a host name for each."""
    return "path" if os.environ.get("AWS_ENDPOINT_URL_S3") else "auto"


@contextmanager
def _in_words() -> Iterator[None]:
    try:
        yield
    except (BotoCoreError, ClientError) as error:
        said = str(error).partition("\n")[0].rstrip(".")
        raise Gone(f"S3 cannot be used: {said}") from error
