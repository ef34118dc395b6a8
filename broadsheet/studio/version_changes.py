"""Differences of two versions of a post, for reading."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

from django.utils.translation import gettext

from broadsheet.lib.text_diff import DiffSpan, SpanKind, diff_words, split_tokens
from broadsheet.posts.actions import COLUMNS
from broadsheet.posts.models import Revision
from broadsheet.studio.forms.posts import CHECKBOXES, PostForm

#: Lines of unchanged text that are shown before and after a change.
CONTEXT = 4
#: Fields beside the texts, in the order in which they are listed.
OTHER_FIELDS = (
    *("tags", "series", "authors", "cover"),
    *(name for name in COLUMNS if name not in {"title", "subtitle", "content"}),
)


class ChangedText(NamedTuple):
    """A span of a text; the middle of a long unchanged one is in `folded`."""

    kind: SpanKind
    text: str
    folded: str = ""
    rest: str = ""


class ChangedField(NamedTuple):
    """A field with two values."""

    label: Any
    before: str
    after: str


@dataclass(frozen=True)
class VersionChanges:
    """What turns one version of a post into another one."""

    before: Revision
    after: Revision
    field_names: tuple[str, ...] = OTHER_FIELDS

    @cached_property
    def title(self) -> list[ChangedText]:
        """Differences of the titles; empty if there are none."""
        return _changes(self.before.title, self.after.title)

    @cached_property
    def subtitle(self) -> list[ChangedText]:
        """Differences of the subtitles; empty if there are none."""
        return _changes(self.before.subtitle, self.after.subtitle)

    @cached_property
    def content(self) -> list[ChangedText]:
        """Differences of the texts; empty if there are none."""
        return _changes(self.before.content, self.after.content)

    @cached_property
    def fields(self) -> list[ChangedField]:
        """Other fields with different values. A version from before a field existed lacks it."""
        old, new = self.before.fields, self.after.fields
        return [
            ChangedField(_label(name), _text(name, old[name]), _text(name, new[name]))
            for name in self.field_names
            if name in old and name in new and old[name] != new[name]
        ]

    @property
    def is_empty(self) -> bool:
        """Whether the versions are equal."""
        return not (self.title or self.subtitle or self.content or self.fields)

    @cached_property
    def added(self) -> int:
        """Number of words that were added to the text."""
        return self._count(SpanKind.INSERTED)

    @cached_property
    def removed(self) -> int:
        """Number of words that were removed from the text."""
        return self._count(SpanKind.DELETED)

    def _count(self, kind: SpanKind) -> int:
        texts = (part.text for part in self.content if part.kind == kind)
        return sum(token.strip().isalnum() for text in texts for token in split_tokens(text))


def _changes(before: str, after: str) -> list[ChangedText]:
    if before == after:
        return []
    spans = diff_words(before, after)
    return [_changed(span, position, len(spans)) for position, span in enumerate(spans)]


def _changed(span: DiffSpan, position: int, total: int) -> ChangedText:
    """Fold the middle of a long unchanged span, or its outer end at the edges of the text."""
    if span.kind != SpanKind.EQUAL:
        return ChangedText(span.kind, _visible(span.text))
    lines = span.text.splitlines(keepends=True)
    head = CONTEXT if position else 0
    tail = CONTEXT if position < total - 1 else 0
    if len(lines) <= head + tail + 1:
        return ChangedText(span.kind, span.text)
    end = len(lines) - tail
    folded = "".join(lines[head:end])
    return ChangedText(span.kind, "".join(lines[:head]), folded, "".join(lines[end:]))


def _visible(text: str) -> str:
    """Return a changed text; line breaks alone would be invisible."""
    return text.replace("\n", "¶\n") if not text.strip() else text


def _label(name: str) -> Any:
    if name in CHECKBOXES:
        return CHECKBOXES[name].verbose_name
    return PostForm.base_fields["cover_file" if name == "cover" else name].label


def _text(name: str, value: Any) -> str:
    if name == "cover":
        return gettext("an image") if value else gettext("no image")
    if isinstance(value, bool):
        return gettext("yes") if value else gettext("no")
    return ", ".join(value) if isinstance(value, list) else str(value)
