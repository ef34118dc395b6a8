"""Creation with repair: invalid values are truncated or dropped and noted, so no post is lost."""

import re
from collections.abc import Iterator, Sequence
from typing import Any, cast

from django.core.exceptions import ValidationError
from django.db import transaction

from broadsheet.accounts.models import User
from broadsheet.lib import slugs
from broadsheet.posts import actions
from broadsheet.posts.models import Post, Tag
from broadsheet.transfer.records import Note, PostRecord

_MAX_TRIES = 12
_MAX_TEXT_LENGTH = 900_000
_MAX_TAG_LENGTH: int = Tag._meta.get_field("name").max_length  # type: ignore[assignment]  # noqa: SLF001 - Django's API
_DEFAULTS: dict[str, Any] = {"title": "Untitled", "pub_date": None, "cover": None}


def create_with_repair(records: Sequence[PostRecord], *, by: User) -> list[Post]:
    """Create a post for each record, in the caller's transaction.

    If some are invalid, the others are created together, and the invalid ones after repair.
    """
    if not records:
        return []
    try:
        with transaction.atomic():
            return actions.create_many([record.fields for record in records], by=by)
    except ValidationError as error:
        if len(records) == 1:
            return [_create_one(records[0], error, by=by)]
    middle = len(records) // 2
    return create_with_repair(records[:middle], by=by) + create_with_repair(records[middle:], by=by)


def _create_one(record: PostRecord, error: ValidationError, *, by: User) -> Post:
    fallbacks = _fallback_texts(record.fields.get("content", ""), record.origin)
    for _attempt in range(_MAX_TRIES):
        _repair(record, error, fallbacks)
        try:
            with transaction.atomic():
                return actions.create_many([record.fields], by=by)[0]
        except ValidationError as next_error:
            error = next_error
    raise error


def _repair(record: PostRecord, error: ValidationError, fallbacks: Iterator[str]) -> None:
    """Make the fields that `error` names valid; raise it again if it names any other field."""
    fields = cast("dict[str, Any]", record.fields)
    for name, messages in error.message_dict.items():
        if name not in fields:
            raise error
        value, reason = fields[name], " ".join(messages)
        if name == "content":
            if fields["status"] != Post.Status.DRAFT or not value.startswith("```"):
                record.notes.append(
                    Note("text that cannot be rendered, imported as a draft", reason)
                )
            fields.pop("rendered", None)
            fields.update(content=next(fallbacks), status=Post.Status.DRAFT)
        else:
            kind = f"{name.replace('_', ' ')} changed to a valid value"
            record.notes.append(Note(kind, f"{reason} It was: {_format_value(name, value)}"))
            fields[name] = _valid_value(name, value)
            if name == "pub_date":  # otherwise the post would be public from now
                fields["status"] = Post.Status.DRAFT


def _format_value(name: str, value: Any) -> str:
    """Format a value for the report; of tags, only the invalid ones."""
    if name == "tags":
        value = ", ".join(
            ascii(tag)[1:-1] if slugs.is_invisible(tag) else tag
            for tag in value
            if len(tag) > _MAX_TAG_LENGTH or slugs.is_invisible(tag)
        )
    return str(value)[:500]


def _valid_value(name: str, value: Any) -> Any:
    """Return a truncated value if it is too long, and a default if it is invalid otherwise."""
    if name == "tags":
        return [tag[:_MAX_TAG_LENGTH] for tag in value if not slugs.is_invisible(tag)]
    if name == "series":
        return "" if slugs.is_invisible(value) else value[:200]
    limit = getattr(Post._meta.get_field(name), "max_length", None)  # noqa: SLF001 - Django's API
    if isinstance(value, str) and limit and len(value) > limit and not name.endswith("url"):
        return f"{value[: limit - 1].rstrip()}…"
    return _DEFAULTS.get(name, "")


def _fallback_texts(text: str, origin: str) -> Iterator[str]:
    """Yield replacements for a text that cannot be rendered, each plainer than the one before.

    As one code block the text stays readable and can be repaired in the editor.
    """
    fence = "`" * max(3, 1 + max((len(run) for run in re.findall("`+", text)), default=0))
    yield f"{fence}markdown\n{text[:_MAX_TEXT_LENGTH]}\n{fence}"
    # A bar before each line, so that no line is Markdown syntax.
    barred = "\n".join(f"│ {line}" for line in text.split("\n"))
    yield f"{fence}text\n{barred[:_MAX_TEXT_LENGTH]}\n{fence}"
    yield f"{fence}text\n{barred[: _MAX_TEXT_LENGTH // 20]}\n{fence}"
    while True:
        yield f"The text could not be imported. It is in the file “{origin}”."
