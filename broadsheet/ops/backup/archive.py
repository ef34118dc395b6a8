"""Writing an archive: a tar with PAX headers (POSIX.1-2001), compressed with zstd, and a seal.

All functions yield chunks, so an archive is never in memory as a whole.
"""

import hashlib
import io
import json
import tarfile
from collections.abc import Iterable, Iterator
from typing import IO, Any

from broadsheet.ops.backup import BackupError
from broadsheet.ops.backup.zstd import CompressionParameter, ZstdCompressor

FORMAT = 1
MANIFEST, CHECKSUMS = "manifest.json", "checksums.json"
SETTINGS, KEY = "settings.env", "secret-key"
CHUNK = 1_048_576
#: A skippable frame (RFC 8878, 3.1.2), which zstd ignores: its magic number and its length. It
#: holds the SHA-256 of all bytes before it, because zstd's own checksums leave its headers out.
SEAL = (0x184D2A5B).to_bytes(4, "little") + (32).to_bytes(4, "little")
SEAL_BYTES = len(SEAL) + 32
_LEVEL = 3


class TarWriter:
    """Yields the files of an archive as a tar; collects the size and the SHA-256 of each."""

    def __init__(self) -> None:
        self.files: dict[str, dict[str, Any]] = {}

    @property
    def size(self) -> int:
        """Total size in bytes of the files added so far."""
        return sum(entry["size"] for entry in self.files.values())

    def add(self, name: str, file: IO[bytes], *, size: int, modified: float) -> Iterator[bytes]:
        """Yield the first `size` bytes of `file` as an entry. Raises BackupError if it has less."""
        entry = tarfile.TarInfo(name)
        entry.size, entry.mtime, entry.mode = size, int(modified), 0o600
        yield entry.tobuf(tarfile.PAX_FORMAT)
        digest, remaining = hashlib.sha256(), size
        while remaining:
            chunk = file.read(min(CHUNK, remaining))
            if not chunk:
                raise BackupError(f"{name} became shorter while it was read. Try again.")
            digest.update(chunk)
            remaining -= len(chunk)
            yield chunk
        yield bytes(-size % tarfile.BLOCKSIZE)
        self.files[name] = {"sha256": digest.hexdigest(), "size": size}

    def add_text(self, name: str, text: str, *, modified: float) -> Iterator[bytes]:
        """Yield `text` as an entry, in UTF-8."""
        data = text.encode()
        yield from self.add(name, io.BytesIO(data), size=len(data), modified=modified)

    def finish(self, metadata: dict[str, Any], *, modified: float) -> Iterator[bytes]:
        """Yield the checksums with `metadata`, and the end of the tar."""
        checksums = json.dumps({"files": dict(self.files), **metadata}, indent=1)
        yield from self.add_text(CHECKSUMS, checksums, modified=modified)
        yield bytes(2 * tarfile.BLOCKSIZE)


def compress(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Yield `chunks` as one zstd frame with a checksum, followed by the seal."""
    options: dict[int, int] = {
        CompressionParameter.compression_level: _LEVEL,
        CompressionParameter.checksum_flag: 1,
    }
    compressor, digest = ZstdCompressor(options=options), hashlib.sha256()
    for chunk in chunks:
        if data := compressor.compress(chunk):
            digest.update(data)
            yield data
    data = compressor.flush()
    digest.update(data)
    yield data + SEAL + digest.digest()


class ChunkReader(io.RawIOBase):
    """A file object over an iterator of chunks."""

    def __init__(self, chunks: Iterable[bytes]) -> None:
        self._chunks = iter(chunks)
        self._rest = memoryview(b"")
        self.error: Exception | None = None

    def readable(self) -> bool:
        """Return True."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Fill `buffer` from the next chunk; return the number of bytes, 0 at the end."""
        while not self._rest:
            try:
                chunk = next(self._chunks, None)
            except Exception as error:  # the reader may replace it by its own error
                self.error = error
                raise
            if chunk is None:
                return 0
            self._rest = memoryview(chunk)
        count = min(len(buffer), len(self._rest))
        buffer[:count] = self._rest[:count]
        self._rest = self._rest[count:]
        return count
