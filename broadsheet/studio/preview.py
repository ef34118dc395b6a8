"""What a text will look like."""

from dataclasses import dataclass
from typing import Self

from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from broadsheet import markup
from broadsheet.posts.models import Post


@dataclass(frozen=True, slots=True)
class Preview:
    """A rendered text, or why it cannot be rendered."""

    html: SafeString
    words: int
    refusal: str = ""

    @classmethod
    def of(cls, source: str) -> Self:
        """Render what was typed."""
        limit = Post._meta.get_field("content").max_length or 0  # noqa: SLF001 - Django's public API
        if len(source) > limit:
            return cls(mark_safe(""), 0, _("The text is longer than %d characters.") % limit)
        try:
            rendered = markup.render(source.replace("\r\n", "\n"))
        except markup.TooComplex as error:
            return cls(mark_safe(""), 0, str(error))
        return cls(mark_safe(rendered.html), rendered.words)  # noqa: S308 - sanitised by markup
