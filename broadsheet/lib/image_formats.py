"""Image file formats: parsing and removal of metadata without decoding pixels.

GIF, WebP and AVIF lose their metadata here and keep the bytes of their pixels, so that colours,
alpha, frames and their durations do not change. Damaged files raise ValueError, struct.error or
IndexError.
"""

import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

_JPEG_MARKER = re.compile(rb"\xff+([\x01-\xfe])")
_JPEG_START = b"\xff\xd8"
_ALONE = frozenset({0x01, *range(0xD0, 0xD9)})
_END_OF_IMAGE, _START_OF_SCAN = 0xD9, 0xDA
_PROGRESSIVE = frozenset({0xC2, 0xC6, 0xCA, 0xCE})
_GIF_END, _GIF_EXTENSION, _GIF_FRAME, _GIF_CONTROL, _GIF_APPLICATION = 0x3B, 0x21, 0x2C, 0xF9, 0xFF
_LOOPS = (b"NETSCAPE2.0", b"ANIMEXTS1.0")
_WEBP_KEPT = frozenset({b"VP8 ", b"VP8L", b"VP8X", b"ALPH", b"ICCP"})
_WEBP_METADATA = 0x08 | 0x04  # Exif, XMP
# An empty Exif block: offset of its header, header, an empty directory.
_EMPTY_EXIF = b"\0\0\0\0II*\0\x08\0\0\0" + b"\0" * 6
_BOX_HEAD = 8  # size and name
_WIDE_ENTRY, _WIDE_TABLE = 3, 2  # versions of `infe` and `iloc` with long numbers of items
_AVIF_KEPT = frozenset({b"ftyp", b"meta", b"mdat", b"moov"})


class JpegShape(NamedTuple):
    """Cost of decoding a JPEG (number of scans, whether progressive), and its end in the file."""

    scans: int
    is_progressive: bool
    end: int


def jpeg_shape(data: bytes) -> JpegShape:
    """Return the number of scans of a JPEG's first picture, whether it is progressive, and its end
    in the file.
    """
    scans, is_progressive, position = 0, False, 2
    while (match := _JPEG_MARKER.search(data, position)) is not None:
        marker, position = match[1][0], match.end()
        if marker == _END_OF_IMAGE:
            break
        if marker in _ALONE:
            continue
        scans += marker == _START_OF_SCAN
        is_progressive |= marker in _PROGRESSIVE
        position += max(2, int.from_bytes(data[position : position + 2]))
    return JpegShape(scans, is_progressive, len(data) if match is None else position)


def data_outside_image(data: bytes, kind: str) -> bytes:
    """Return the data of a file of `kind` (Pillow's name) after its picture's pixels and metadata.

    AVIF has its parts in any order, so there it is everything but the metadata.
    """
    if kind == "JPEG":  # several pictures can follow each other, each with its own metadata
        while data[:2] == _JPEG_START:
            data = data[jpeg_shape(data).end :].lstrip(b"\0")
        return data
    if kind == "AVIF":
        return blank_avif(data)
    if kind == "GIF":
        return data[Gif.parse(data).end :]
    if kind == "WEBP":
        (size,) = struct.unpack_from("<I", data, 4)
        return data[_BOX_HEAD + size :]
    position, name = 8, b""
    while name != b"IEND" and position + _BOX_HEAD <= len(data):
        size, name = struct.unpack_from(">I4s", data, position)
        position += _BOX_HEAD + size + 4
    return data[position:]


def webp_size(data: bytes) -> tuple[int, int]:
    """Return width and height of a WebP's canvas (RFC 9649), without a decoder.

    libwebp's decoder allocates memory for the whole image as soon as a file is opened.
    """
    name = data[12:16]
    if name == b"VP8X":
        return int.from_bytes(data[24:27], "little") + 1, int.from_bytes(data[27:30], "little") + 1
    if name == b"VP8L":
        (bits,) = struct.unpack_from("<I", data, 21)
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    width, height = struct.unpack_from("<HH", data, 26)
    return width & 0x3FFF, height & 0x3FFF


@dataclass(slots=True)
class Gif:
    """A GIF's blocks: frames and their control blocks, and nothing else."""

    width: int
    height: int
    palette: bytes
    flags: int
    background: int
    blocks: list[bytes] = field(default_factory=list)
    frames: list[tuple[int, int, bytes]] = field(default_factory=list)
    end: int = 0  # position of its end in the original file

    @classmethod
    def parse(cls, data: bytes) -> "Gif":
        """Parse a GIF (GIF89a); a canvas too small for its first frame grows."""
        width, height, flags, background = struct.unpack_from("<HHBB", data, 6)
        palette = _palette(data, 13, flags)
        gif = cls(width, height, palette, flags, background)
        position = 13 + len(palette)
        while position < len(data) and data[position] != _GIF_END:
            if data[position] == _GIF_EXTENSION:
                position = gif._add_extension(data, position)
            elif data[position] == _GIF_FRAME:
                position = gif._add_frame(data, position)
            else:  # padding
                position += 1
        if not gif.frames:
            raise ValueError("the GIF has no frame")
        gif.end = position + 1
        return gif

    def _add_extension(self, data: bytes, start: int) -> int:
        end = _after_sub_blocks(data, start + 2)
        is_control = data[start + 1] == _GIF_CONTROL
        is_of_program = data[start + 1] == _GIF_APPLICATION
        is_loop = is_of_program and data[start + 3 : start + 14] in _LOOPS
        if is_control or is_loop:
            self.blocks.append(data[start:end])
        return end

    def _add_frame(self, data: bytes, start: int) -> int:
        left, top, width, height, flags = struct.unpack_from("<HHHHB", data, start + 1)
        end = _after_sub_blocks(data, start + 11 + len(_palette(data, start + 10, flags)))
        if not self.frames:
            self.width, self.height = max(self.width, left + width), max(self.height, top + height)
        self.blocks.append(data[start:end])
        self.frames.append((width, height, data[start:end]))
        return end

    def write(self) -> bytes:
        """Return the file."""
        return self._file(self.width, self.height, self.blocks)

    def stills(self) -> Iterator[bytes]:
        """Yield each frame as a separate file, with the size of the frame."""
        for width, height, block in self.frames:
            yield self._file(width, height, [b"\x2c\0\0\0\0" + block[5:]])

    def _file(self, width: int, height: int, blocks: list[bytes]) -> bytes:
        screen = struct.pack("<6sHHBBB", b"GIF89a", width, height, self.flags, self.background, 0)
        return b"".join((screen, self.palette, *blocks, b"\x3b"))


def _palette(data: bytes, position: int, flags: int) -> bytes:
    return data[position : position + 3 * 2 ** ((flags & 7) + 1)] if flags & 0x80 else b""


def _after_sub_blocks(data: bytes, position: int) -> int:
    while size := data[position]:
        position += size + 1
    return position + 1


def strip_webp(data: bytes) -> bytes:
    """Return a WebP with only its pixels and colour profile (RFC 9649)."""
    chunks, position = [], 12
    while position + 8 <= len(data):
        name, size = struct.unpack_from("<4sI", data, position)
        body = data[position + 8 : position + 8 + size]
        if name == b"VP8X":
            body = bytes([body[0] & ~_WEBP_METADATA]) + body[1:]
        if name in _WEBP_KEPT:
            chunks.append(struct.pack("<4sI", name, len(body)) + body + b"\0" * (len(body) % 2))
        position += 8 + size + size % 2
    content = b"WEBP" + b"".join(chunks)
    return struct.pack("<4sI", b"RIFF", len(content)) + content


def blank_avif(data: bytes) -> bytes:
    """Return an AVIF with overwritten metadata: offsets stay valid (ISO/IEC 14496-12)."""
    blank = bytearray(data)
    for name, start, end in _boxes(data, 0, len(data)):
        if name not in _AVIF_KEPT:
            blank[start - 4 : end] = b"free" + b"\0" * (end - start)
        elif name == b"meta":
            for first, last, is_exif in _metadata(data, start + 4, end):
                empty = _EMPTY_EXIF if is_exif and last - first >= len(_EMPTY_EXIF) else b""
                blank[first:last] = empty.ljust(last - first, b"\0" if is_exif else b" ")
    return bytes(blank)


def _boxes(data: bytes, start: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """Yield name, start and end of the content of each box; the name ends where the content starts.

    Boxes with a 64-bit size are refused: accepted files do not need them.
    """
    while start + _BOX_HEAD <= end:
        size, name = struct.unpack_from(">I4s", data, start)
        size = size or end - start
        if size < _BOX_HEAD or start + size > end:
            raise ValueError("a box in the file has a wrong size")
        yield name, start + _BOX_HEAD, start + size
        start += size


def _metadata(data: bytes, start: int, end: int) -> Iterator[tuple[int, int, bool]]:
    """Yield the positions of Exif (True) and XMP (False) in the file."""
    boxes = {name: (first, last) for name, first, last in _boxes(data, start, end)}
    kinds = _item_kinds(data, *boxes[b"iinf"])
    idat = boxes.get(b"idat", (0, 0))[0]
    for item, method, offset, length in _extents(data, *boxes[b"iloc"]):
        if kinds.get(item) in {b"Exif", b"mime"}:
            first = offset + (idat if method == 1 else 0)
            yield first, min(first + length, len(data)), kinds[item] == b"Exif"


def _item_kinds(data: bytes, start: int, end: int) -> dict[int, bytes]:
    start += 6 if data[start] == 0 else 8
    kinds = {}
    for _name, first, _last in _boxes(data, start, end):
        wide = data[first] == _WIDE_ENTRY
        (item,) = struct.unpack_from(">I" if wide else ">H", data, first + 4)
        kinds[item] = data[first + (10 if wide else 8) :][:4]
    return kinds


def _extents(data: bytes, start: int, end: int) -> Iterator[tuple[int, int, int, int]]:
    """Yield item, construction method, offset and length of each extent of each item."""
    version, sizes = data[start], data[start + 4 : start + 6]
    position = start + 6

    def number(size: int) -> int:
        nonlocal position
        position += size
        if position > end:
            raise ValueError("the file's offset table is truncated")
        return int.from_bytes(data[position - size : position])

    wide = 4 if version == _WIDE_TABLE else 2
    for _item in range(number(wide)):
        item, method = number(wide), number(2) & 15 if version else 0
        number(2)
        base = number(sizes[1] >> 4)
        for _extent in range(number(2)):
            number(sizes[1] & 15 if version else 0)
            offset, length = number(sizes[0] >> 4), number(sizes[0] & 15)
            yield item, method, base + offset, length
