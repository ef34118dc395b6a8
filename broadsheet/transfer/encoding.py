"""Text encoding: decoding, control characters, and repair of mojibake (wrongly decoded text)."""

import codecs
import re

import ftfy
from ftfy.badness import is_bad

from broadsheet.transfer.records import Note

# UTF-8 decoded as Windows-1252: a lead byte followed by that table's characters for 0x80 to 0xBF.
_SUSPICIOUS = re.compile(
    "[\u00c2-\u00f4][\u0080-\u00bf\u0152\u0153\u0160\u0161\u0178\u017d\u017e\u0192\u02c6\u02dc"
    "\u2013-\u203a\u20ac\u2122]|\u00c3[ ,.]"
)
_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]")
_SURROGATES = re.compile("[\ud800-\udfff]")


#: Byte order marks with their encodings. UTF-16's is a prefix of UTF-32's.
_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def decode_utf(data: bytes) -> str:
    """Decode UTF-8, or UTF-16 or UTF-32 with a byte order mark. Raises ValueError."""
    for mark, name in _BYTE_ORDER_MARKS:
        if data.startswith(mark):
            return data.decode(name)
    return data.decode("utf-8-sig")


def decode(data: bytes, notes: list[Note]) -> str:
    """Decode `data` to text with Unix line endings and without control characters.

    Bytes that are not UTF-8 are decoded as Windows-1252, and noted.
    """
    try:
        text = decode_utf(data)
    except UnicodeDecodeError:
        text = data.decode("cp1252", errors="replace")
        notes.append(Note("bytes that are not UTF-8, decoded as Windows-1252"))
    return normalize_text(text, notes)


def normalize_text(text: str, notes: list[Note]) -> str:
    """Return `text` with Unix line endings and without control characters, which are noted."""
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    if _CONTROLS.search(text):
        text, count = _CONTROLS.subn("", text)
        notes.append(Note("control characters", str(count)))
    if not text.isascii() and _SURROGATES.search(text):  # lone surrogates from JSON
        text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text


def is_garbled(text: str) -> bool:
    """Return whether a line looks like UTF-8 that was decoded with another encoding."""
    if text.isascii() or not _SUSPICIOUS.search(text):
        return False
    return any(_SUSPICIOUS.search(line) and is_bad(line) for line in text.split("\n"))


def repair_text(text: str) -> str:
    """Return `text` with garbled lines repaired and all others unchanged."""
    return "\n".join(
        ftfy.fix_encoding(line) if _SUSPICIOUS.search(line) and is_bad(line) else line
        for line in text.split("\n")
    )
