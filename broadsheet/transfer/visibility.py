"""Visibility of a post at its source: an import never makes a post public that was not.

Programs use many names for it, so keys are compared without case, underscores and hyphens. A post
is public only if all of its keys allow that.
"""

import re
from collections.abc import Mapping
from pathlib import PurePosixPath

from broadsheet.transfer.archives import FileSource

_DRAFT_FOLDERS = frozenset({"drafts", "_drafts"})
#: Names of lists in an export whose posts are not public.
_DRAFT_LIST = re.compile(r"draft|trash|deleted|private|hidden|schedul", re.IGNORECASE)

_WITHHELD_IF_TRUE = frozenset(
    "saveasdraft isdraft draft isprivate private isdeleted deleted istrashed trashed ishidden"
    " hidden ismembersonly membersonly issubscribersonly subscribersonly ignorepost isscheduled"
    " headless".split()
)
_WITHHELD_IF_FALSE = frozenset("isactive ispublished published publish ispublic public".split())
_WITHHELD_IF_SET = frozenset("deletedat trashedat password passwordhash".split())
_WITHHELD_UNLESS = {
    **dict.fromkeys(("status", "state", "poststatus"), frozenset({"published", "publish"})),
    **dict.fromkeys(("visibility", "access"), frozenset({"public"})),
}
_WITHHELD_IF_IN = dict.fromkeys(("typename", "type"), frozenset({"draft", "scheduledpost"}))
#: Hugo's and Eleventy's ways not to write a page: `build: {render: never}`, `permalink: false`.
_NO_PAGE = {"build": frozenset({"never", "false"}), "permalink": frozenset({"false"})}
#: Mappings with keys of the post itself.
_NESTED = frozenset({"preferences", "settings"})
_KEYS = frozenset().union(
    _WITHHELD_IF_TRUE, _WITHHELD_IF_FALSE, _WITHHELD_IF_SET, _WITHHELD_UNLESS, _WITHHELD_IF_IN
)
_DRAFT = frozenset({"saveasdraft", "isdraft", "draft"})
_DELETION = frozenset({"isactive", "isdeleted", "deleted", "deletedat"})
_UNLISTED = frozenset({"isdelisted", "isunlisted", "unlisted"})


def is_visibility_key(key: object) -> bool:
    """Return whether a key concerns who can read the post."""
    return fold(key) in _KEYS | _UNLISTED | _NESTED


def is_draft_key(key: str) -> bool:
    """Return whether a key says that the post is a draft, which needs no note."""
    return fold(key) in _DRAFT


def is_deletion_key(key: str) -> bool:
    """Return whether a key says that the post was deleted."""
    return fold(key) in _DELETION


def withholding_key(head: Mapping[str, object]) -> str:
    """Return the first key that makes the post non-public; empty without one."""
    return next((key for key, value in head.items() if _is_withholding(fold(key), value)), "")


def is_unlisted(head: Mapping[str, object]) -> bool:
    """Return whether only people with the URL could read the post."""
    return any(fold(key) in _UNLISTED and is_true(value) for key, value in head.items())


def is_in_drafts(source: FileSource, name: str) -> bool:
    """Return whether a file is in a folder of drafts, which can be the source itself."""
    folders = (source.folder, *PurePosixPath(name).parts[:-1])
    return not _DRAFT_FOLDERS.isdisjoint(folder.lower() for folder in folders)


def is_list_of_drafts(key: str) -> bool:
    """Return whether a list of this name in an export contains non-public posts."""
    return _DRAFT_LIST.search(key) is not None


def is_true(value: object) -> bool:
    """Return whether a value means true in one of the common spellings."""
    return value is True or _word(value) in {"true", "yes", "on", "1"}


def is_false(value: object) -> bool:
    """Return whether a value means false in one of the common spellings."""
    return value is False or _word(value) in {"false", "no", "off", "0"}


def _word(value: object) -> str:
    try:
        return str(value).strip().lower()
    except ValueError:  # an integer with too many digits
        return ""


def fold(key: object) -> str:
    """Normalize a key: spellings of the same key become equal."""
    return re.sub("[_-]", "", str(key)).lower()


def _is_withholding(key: str, value: object) -> bool:
    if key in _NESTED and isinstance(value, Mapping):
        return bool(withholding_key(value))
    if key in _NO_PAGE:
        render = value.get("render") if isinstance(value, Mapping) else value
        return _word(render) in _NO_PAGE[key]
    return key in _KEYS and _is_set(value) and _is_withholding_value(key, value)


def _is_set(value: object) -> bool:
    return value is not None and value not in ("", [], {})


def _is_withholding_value(key: str, value: object) -> bool:
    if key in _WITHHELD_IF_TRUE or key in _WITHHELD_IF_SET:
        # Any other value, for example a date, is no reason to publish.
        return not is_false(value)
    if key in _WITHHELD_IF_FALSE:
        return is_false(value) or isinstance(value, list | Mapping)
    word = _word(value)
    if key in _WITHHELD_IF_IN:
        return word in _WITHHELD_IF_IN[key]
    return word not in _WITHHELD_UNLESS[key]
