"""Creating posts so that none is lost: what a post refuses is cut or left out, and noted."""

import re
from collections.abc import Iterator, Sequence
from typing import Any, cast

from django.core.exceptions import ValidationError
from django.db import transaction

from broadsheet.accounts.models import User
from broadsheet.posts import actions
from broadsheet.posts.models import Post, Tag
from broadsheet.transfer.incoming import Incoming, Note

_TRIES = 12
_LONGEST = 900_000
_TAG: int = Tag._meta.get_field("name").max_length  # type: ignore[assignment]  # noqa: SLF001 - Django's API
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
    shapes = _shapes(incoming.fields.get("content", ""), incoming.origin)
    for _attempt in range(_TRIES):
        _mend(incoming, error, shapes)
        try:
            with transaction.atomic():
                return actions.create_many([incoming.fields], by=by)[0]
        except ValidationError as next_error:
            error = next_error
    raise error


def _mend(incoming: Incoming, error: ValidationError, shapes: Iterator[str]) -> None:
    """Change the fields that `error` names so that they can be saved; raise it for any other."""
    fields = cast("dict[str, Any]", incoming.fields)
    for name, messages in error.message_dict.items():
        if name not in fields:
            raise error
        value, told = fields[name], " ".join(messages)
        if name == "content":
            if fields["status"] != Post.Status.DRAFT or not value.startswith("```"):
                incoming.notes.append(Note("text that cannot be shown, so it is a draft", told))
            fields.pop("rendered", None)
            fields.update(content=next(shapes), status=Post.Status.DRAFT)
        else:
            kind = f"{name.replace('_', ' ')} that could not be kept as it was"
            incoming.notes.append(Note(kind, f"{told} It was: {_shown(name, value)}"))
            fields[name] = _fitting(name, value)


def _shown(name: str, value: Any) -> str:
    """Return a value as people write it; of tags those that are too long."""
    if name == "tags":
        value = ", ".join(tag for tag in value if len(tag) > _TAG)
    return str(value)[:500]


def _fitting(name: str, value: Any) -> Any:
    """Return the beginning of what is too long, and nothing of what is wrong otherwise."""
    if name == "tags":
        return [tag[:_TAG] for tag in value]
    if name == "series":
        return value[:200]
    limit = getattr(Post._meta.get_field(name), "max_length", None)  # noqa: SLF001 - Django's API
    if isinstance(value, str) and limit and len(value) > limit and not name.endswith("url"):
        return f"{value[: limit - 1].rstrip()}…"
    return _NOTHING.get(name, "")


def _shapes(text: str, origin: str) -> Iterator[str]:
    """Yield a text that cannot be shown in shapes that can, each plainer than the one before.

    As one block of code what it says stays readable, and can be mended in the editor.
    """
    fence = "`" * max(3, 1 + max((len(run) for run in re.findall("`+", text)), default=0))
    yield f"{fence}markdown\n{text[:_LONGEST]}\n{fence}"
    # A stroke before each line, so that no line means anything.
    stroked = "\n".join(f"│ {line}" for line in text.split("\n"))
    yield f"{fence}text\n{stroked[:_LONGEST]}\n{fence}"
    yield f"{fence}text\n{stroked[: _LONGEST // 20]}\n{fence}"
    while True:
        yield f"The text could not be brought here. It is in the file “{origin}”."
