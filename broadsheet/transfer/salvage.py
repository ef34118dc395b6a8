"""Creating posts so that none is lost: what a post refuses is cut or left out, and noted."""

import re
from collections.abc import Sequence
from typing import Any, cast

from django.core.exceptions import ValidationError
from django.db import transaction

from broadsheet.accounts.models import User
from broadsheet.posts import actions
from broadsheet.posts.models import Post
from broadsheet.transfer.incoming import Incoming, Note

_TRIES = 12
_LONGEST = 900_000
_NOTHING: dict[str, Any] = {"title": "Untitled", "pub_date": None, "cover": None}


def create(incoming: Sequence[Incoming], *, by: User) -> list[Post]:
    """Create a post for each of `incoming`, in the caller's transaction.

    Where some are refused the rest is created together, and those after repair.
    """
    if not incoming:
        return []
    try:
        with transaction.atomic():
            return actions.create_many([post.fields for post in incoming], by=by)
    except ValidationError as error:
        if len(incoming) == 1:
            return [_one(incoming[0], error, by=by)]
    middle = len(incoming) // 2
    return create(incoming[:middle], by=by) + create(incoming[middle:], by=by)


def _one(incoming: Incoming, error: ValidationError, *, by: User) -> Post:
    for _attempt in range(_TRIES):
        mend(incoming, error)
        try:
            with transaction.atomic():
                return actions.create(by=by, **incoming.fields)
        except ValidationError as next_error:
            error = next_error
    raise error


def mend(incoming: Incoming, error: ValidationError) -> None:
    """Change the fields that `error` names so that they can be saved. Raises `error` when done."""
    fields = cast("dict[str, Any]", incoming.fields)
    for name, messages in error.message_dict.items():
        if name not in fields:
            raise error
        value, told = fields[name], " ".join(messages)
        if name == "content":
            incoming.notes.append(Note("text that cannot be shown, so it is a draft", told))
            fields.update(content=_as_code(value), status=Post.Status.DRAFT)
            continue
        kind = f"{name.replace('_', ' ')} that could not be kept as it was"
        incoming.notes.append(Note(kind, f"{told} It was: {str(value)[:500]}"))
        fields[name] = _fitting(name, value)


def _fitting(name: str, value: Any) -> Any:
    """Return the beginning of what is too long, and nothing of what is wrong otherwise."""
    if name == "tags":
        return [tag[:100] for tag in value]
    if name == "series":
        return value[:200]
    limit = getattr(Post._meta.get_field(name), "max_length", None)  # noqa: SLF001 - Django's API
    if isinstance(value, str) and limit and len(value) > limit and not name.endswith("url"):
        return f"{value[: limit - 1].rstrip()}…"
    return _NOTHING.get(name, "")


def _as_code(text: str) -> str:
    """Return a text as one block of code, which always renders; its beginning, if it is too long.

    What it was before stays readable, and can be mended in the editor.
    """
    fence = "`" * max(3, 1 + max((len(run) for run in re.findall("`+", text)), default=0))
    return f"{fence}markdown\n{text[:_LONGEST]}\n{fence}"
