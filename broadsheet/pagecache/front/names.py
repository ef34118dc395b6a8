"""Which addresses may become files, and what their files are called."""

import re
from collections.abc import Iterable
from hashlib import blake2b
from urllib.parse import quote

#: What a page's file name ends in; that of its gzip ends in `.gz` besides.
SUFFIX = ".page"
#: A path as browsers send it; Python and nginx read this alike. Only what is not ASCII is encoded,
#: and no segment is empty or begins with a dot, so that nginx decodes it as Django does.
_SEGMENT = r"(?!\.)(?:[A-Za-z0-9@_.~-]++|%[89A-Fa-f][0-9A-Fa-f])++"
ADDRESS = rf"/(?:{_SEGMENT}(?:/{_SEGMENT})*+)?+"

#: Bytes in a name (POSIX's NAME_MAX), less the suffixes, and in a path.
_LONGEST_NAME, _LONGEST_PATH = 240, 1_000
_OF_THE_VARIANT = {"etag", "content-length", "content-encoding"}


def name(path: str) -> str | None:
    """Return the name of the file for `path`, from the root of its kind; None if it gets none.

    `path` is decoded, as WSGI has it: each character a byte. No two paths have the same name, and
    none leads out of the folder.
    """
    asked = quote(path.encode("latin-1"), safe="/@_.~-")
    segments = path[1:].split("/")
    if (
        re.fullmatch(ADDRESS, asked) is None
        or len(path) > _LONGEST_PATH
        or any(len(segment) > _LONGEST_NAME for segment in segments)
        # A folder would be in the way of a file.
        or any(segment.endswith((SUFFIX, f"{SUFFIX}.gz")) for segment in segments)
    ):
        return None
    try:
        return f"{path[1:]}{SUFFIX}".encode("latin-1").decode()
    except UnicodeDecodeError:
        return None


def kind(headers: Iterable[tuple[str, str]]) -> str:
    """Return the name of the folder for pages with the same headers, those of all variants.

    nginx looks for a page where its headers say, so it never serves one with other headers.
    """
    said = sorted(f"{n.lower()}: {v}\n" for n, v in headers if n.lower() not in _OF_THE_VARIANT)
    return blake2b("".join(said).encode("latin-1"), digest_size=8).hexdigest()
