"""How much a form may carry, before anything of it is written to disk."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import IO, Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler, TemporaryFileUploadHandler

#: Bytes an owner may send, who imports whole archives.
OWNERS = 502_000_000


def most(user: Any) -> int:
    """Return how many bytes a form of `user` may have.

    No form of strangers has files. Others may send more than an image may have, so that they are
    told beside its field what is too large.
    """
    if user is None or not user.is_authenticated:
        return int(settings.DATA_UPLOAD_MAX_MEMORY_SIZE)
    return OWNERS if user.is_owner else 4 * int(settings.UPLOAD_MAX_BYTES)


class Bounded(FileUploadHandler):
    """Refuses forms that are too large for who sends them, and leaves the others to Django's."""

    def handle_raw_input(
        self,
        input_data: IO[bytes],  # noqa: ARG002 - Django's signature
        META: Mapping[str, str],  # noqa: ARG002, N803
        content_length: int,
        boundary: str,  # noqa: ARG002
        encoding: str | None = None,  # noqa: ARG002
    ) -> None:
        """Raise RequestDataTooBig, or let the next handler have it."""
        if content_length > most(getattr(self.request, "user", None)):
            raise RequestDataTooBig(f"A form of {content_length} bytes is more than is taken.")

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes:  # noqa: ARG002
        """Pass it on."""
        return raw_data

    def file_complete(self, file_size: int) -> UploadedFile[bytes] | None:  # noqa: ARG002
        """Leave the file to the next handler."""
        return None


class Temporary(TemporaryFileUploadHandler):
    """Django's, which leaves no part of a file where the disk takes no more of it."""

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes | None:
        """Write it down. Raises OSError."""
        with self._whole():
            return super().receive_data_chunk(raw_data, start)

    def file_complete(self, file_size: int) -> UploadedFile[bytes] | None:
        """Write down what is left of it. Raises OSError."""
        with self._whole():
            return super().file_complete(file_size)

    @contextmanager
    def _whole(self) -> Iterator[None]:
        try:
            yield
        except OSError:
            with suppress(OSError):  # what it would still write
                self.file.close()
            raise
