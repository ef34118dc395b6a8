"""Preview of a text."""

from dataclasses import dataclass
from typing import Self

from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from broadsheet import markup
from broadsheet.posts.models import Post
from broadsheet.publication.queries import SiteConfig


@dataclass(frozen=True, slots=True)
class Preview:
    """A rendered text, or the reason why it cannot be rendered."""

    html: SafeString
    words: int
    error: str = ""
    dropped: tuple[str, ...] = ()  # what rendering left out

    @classmethod
    def of(cls, source: str, language: str = "") -> Self:
        """Render `source`; `language` is the post's, empty for the site's."""
        limit = Post._meta.get_field("content").max_length or 0  # noqa: SLF001 - Django's public API
        if len(source) > limit:
            return cls(mark_safe(""), 0, _("The text is longer than %d characters.") % limit)
        try:
            rendered = markup.render(
                source.replace("\r\n", "\n"), language or SiteConfig.current().language
            )
        except markup.TooComplexError as error:
            return cls(mark_safe(""), 0, str(error))
        html = mark_safe(rendered.html)  # noqa: S308 - sanitised by markup
        return cls(html, rendered.word_count, dropped=rendered.dropped)
