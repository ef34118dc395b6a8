"""What a source says of who may read a post there: nothing becomes public here that was not.

Programs name it in many ways, so keys are compared without case, underscores and hyphens. A post
is public only where everything that is said of it allows that.
"""

import re
from collections.abc import Mapping
from pathlib import PurePosixPath

from broadsheet.transfer.sources import Source

_DRAFTS = frozenset({"drafts", "_drafts"})
#: Lists in an export of what nobody could read.
_LIST = re.compile(r"draft|trash|deleted|private|hidden|schedul", re.IGNORECASE)

_HELD_BACK_IF_YES = frozenset(
    "saveasdraft isdraft draft isprivate private isdeleted deleted istrashed trashed ishidden"
    " hidden ismembersonly membersonly issubscribersonly subscribersonly ignorepost".split()
)
_HELD_BACK_IF_NO = frozenset("isactive ispublished published ispublic public".split())
_HELD_BACK_IF_ANY = frozenset("deletedat trashedat password passwordhash".split())
_HELD_BACK_UNLESS = {
    **dict.fromkeys(("status", "state", "poststatus"), frozenset({"published", "publish"})),
    **dict.fromkeys(("visibility", "access"), frozenset({"public"})),
}
_HELD_BACK_WHERE = dict.fromkeys(("typename", "type"), frozenset({"draft", "scheduledpost"}))
_KEYS = frozenset().union(
    _HELD_BACK_IF_YES, _HELD_BACK_IF_NO, _HELD_BACK_IF_ANY, _HELD_BACK_UNLESS, _HELD_BACK_WHERE
)
_DRAFT = frozenset({"saveasdraft", "isdraft", "draft"})
_DELETION = frozenset({"isactive", "isdeleted", "deleted", "deletedat"})
_UNLISTED = frozenset({"isdelisted", "isunlisted", "unlisted"})


def is_key(key: object) -> bool:
    """Whether a key says who may read the post."""
    return _fold(key) in _KEYS | _UNLISTED


def is_draft_key(key: str) -> bool:
    """Whether a key says that the post is a draft, which nobody needs to be told."""
    return _fold(key) in _DRAFT


def is_deletion_key(key: str) -> bool:
    """Whether a key says that the post was deleted."""
    return _fold(key) in _DELETION


def withheld(head: Mapping[str, object]) -> str:
    """Return the key that says that not everyone could read the post; empty without one."""
    return next((key for key, value in head.items() if _holds_back(_fold(key), value)), "")


def is_unlisted(head: Mapping[str, object]) -> bool:
    """Whether only those who had its address could read the post."""
    return any(_fold(key) in _UNLISTED and is_yes(value) for key, value in head.items())


def is_in_drafts(source: Source, name: str) -> bool:
    """Whether a file is in a folder of drafts, which may be the source itself."""
    folders = (source.folder, *PurePosixPath(name).parts[:-1])
    return not _DRAFTS.isdisjoint(folder.lower() for folder in folders)


def is_list_of_drafts(key: str) -> bool:
    """Whether a list of this name in an export has what nobody could read."""
    return _LIST.search(key) is not None


def is_yes(value: object) -> bool:
    """Whether a value is a yes, as programs write it."""
    return value is True or str(value).strip().lower() in {"true", "yes", "on", "1"}


def is_no(value: object) -> bool:
    """Whether a value is a no, as programs write it."""
    return value is False or str(value).strip().lower() in {"false", "no", "off", "0"}


def _fold(key: object) -> str:
    """Return what is equal for keys that mean the same."""
    return re.sub("[_-]", "", str(key)).lower()


def _holds_back(key: str, value: object) -> bool:
    if key not in _KEYS or value is None or value in ("", [], {}):
        return False
    if key in _HELD_BACK_IF_YES or key in _HELD_BACK_IF_ANY:
        # What is neither, a date for example, is no reason to publish.
        return not is_no(value)
    if key in _HELD_BACK_IF_NO:
        return is_no(value)
    word = str(value).strip().lower()
    if key in _HELD_BACK_WHERE:
        return word in _HELD_BACK_WHERE[key]
    return word not in _HELD_BACK_UNLESS[key]
