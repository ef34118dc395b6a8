"""Upload handlers: a size limit per role, checked before anything is written to disk."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import IO, Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler, TemporaryFileUploadHandler

#: Bytes that an owner may send: imports are whole archives.
OWNER_LIMIT = 502_000_000


def max_form_bytes(user: Any) -> int:
    """Return how many bytes a form of `user` may have.

    Anonymous users upload no files. Others may send more than the limit of an image, so that the
    form can name the field that is too large.
    """
    if user is None or not user.is_authenticated:
        return int(settings.DATA_UPLOAD_MAX_MEMORY_SIZE)
    return OWNER_LIMIT if user.is_owner else 4 * int(settings.UPLOAD_MAX_BYTES)


class SizeLimitUploadHandler(FileUploadHandler):
    """Refuses forms that are too large for the user; passes others to the next handler."""

    def handle_raw_input(
        self,
        input_data: IO[bytes],  # noqa: ARG002 - Django's signature
        META: Mapping[str, str],  # noqa: ARG002, N803
        content_length: int,
        boundary: str,  # noqa: ARG002
        encoding: str | None = None,  # noqa: ARG002
    ) -> None:
        """Raise RequestDataTooBig if the form is too large."""
        if content_length > max_form_bytes(getattr(self.request, "user", None)):
            raise RequestDataTooBig(f"A form of {content_length:,} bytes is too large.")

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes:  # noqa: ARG002
        """Pass the chunk to the next handler."""
        return raw_data

    def file_complete(self, file_size: int) -> UploadedFile[bytes] | None:  # noqa: ARG002
        """Leave the file to the next handler."""
        return None


class CleanTemporaryFileUploadHandler(TemporaryFileUploadHandler):
    """Django's handler, but a full disk leaves no partial file behind."""

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes | None:
        """Write a chunk. Raises OSError."""
        with self._closed_on_error():
            return super().receive_data_chunk(raw_data, start)

    def file_complete(self, file_size: int) -> UploadedFile[bytes] | None:
        """Write the rest of the file. Raises OSError."""
        with self._closed_on_error():
            return super().file_complete(file_size)

    @contextmanager
    def _closed_on_error(self) -> Iterator[None]:
        try:
            yield
        except OSError:
            with suppress(OSError):  # closing flushes, which fails again
                self.file.close()
            raise
