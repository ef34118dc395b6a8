"""Text as files hold it: decoding, control characters, and text that was decoded wrongly before."""

import codecs
import re

import ftfy
from ftfy.badness import is_bad

from broadsheet.transfer.incoming import Note

# UTF-8 read as Windows-1252: a lead byte followed by what that table has for 0x80 to 0xBF.
_SUSPICIOUS = re.compile(
    "[\u00c2-\u00f4][\u0080-\u00bf\u0152\u0153\u0160\u0161\u0178\u017d\u017e\u0192\u02c6\u02dc"
    "\u2013-\u203a\u20ac\u2122]|\u00c3[ ,.]"
)
_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]")
_SURROGATES = re.compile("[\ud800-\udfff]")


def decode_unicode(data: bytes) -> str:
    """Return `data` as text: UTF-8, or UTF-16 with a byte order mark. Raises ValueError."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return data.decode("utf-16")
    return data.decode("utf-8-sig")


def decode(data: bytes, notes: list[Note]) -> str:
    """Return `data` as text with Unix line ends and without control characters.

    Bytes that are no UTF-8 are read as Windows-1252, and noted.
    """
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("cp1252", errors="replace")
        notes.append(Note("bytes that are no UTF-8, read as Windows-1252"))
    return plain(text, notes)


def plain(text: str, notes: list[Note]) -> str:
    """Return `text` with Unix line ends and without control characters, which are noted."""
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    if _CONTROLS.search(text):
        text, found = _CONTROLS.subn("", text)
        notes.append(Note("control characters", str(found)))
    if not text.isascii() and _SURROGATES.search(text):  # halves of pairs, out of JSON
        text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text


def is_garbled(text: str) -> bool:
    """Whether some line looks like UTF-8 that was read as something else."""
    if text.isascii() or not _SUSPICIOUS.search(text):
        return False
    return any(_SUSPICIOUS.search(line) and is_bad(line) for line in text.split("\n"))


def repaired(text: str) -> str:
    """Return `text` with its garbled lines as they were meant; all others stay as they are."""
    return "\n".join(
        ftfy.fix_encoding(line) if _SUSPICIOUS.search(line) and is_bad(line) else line
        for line in text.split("\n")
    )
