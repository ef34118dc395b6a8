"""What may be sent, and how much of it."""

from collections.abc import Mapping
from typing import IO, Any

from django.conf import settings
from django.utils.translation import gettext as _
from rest_framework.exceptions import ParseError, ValidationError
from rest_framework.parsers import JSONParser, MultiPartParser

from broadsheet.api.problems import TooLarge


class JSON(JSONParser):
    """JSON (RFC 8259): no more of it than forms may have, and not too deep to be read."""

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        """Return what `stream` holds. Raises ParseError and TooLarge."""
        _refuse_above(settings.DATA_UPLOAD_MAX_MEMORY_SIZE, parser_context)
        try:
            value = super().parse(stream, media_type, parser_context)
            _refuse_lone_surrogates(value)
        except RecursionError as error:
            raise ParseError("JSON parse error - nested too deeply") from error
        return value


class Multipart(MultiPartParser):
    """A form with files, as large as an image may be and a little more."""

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        """Return fields and files. Raises ParseError and TooLarge."""
        _refuse_above(settings.UPLOAD_MAX_BYTES + 100_000, parser_context)
        return super().parse(stream, media_type, parser_context)


def _refuse_lone_surrogates(value: Any) -> None:
    """Raise ValidationError for what no answer could name and no database keep (RFC 7493, 2.1)."""
    members = value if isinstance(value, dict) else {"non_field_errors": value}
    wrong = [name for name, item in members.items() if not (_is_text(name) and _is_text(item))]
    if wrong:
        message = _("Unpaired surrogates are not allowed.")
        names = [name.encode(errors="backslashreplace").decode()[:100] for name in wrong]
        raise ValidationError({name: [message] for name in names})


def _is_text(value: Any) -> bool:
    """Return whether UTF-8 can write all texts in a value of JSON."""
    match value:
        case str():
            if value.isascii():
                return True
            try:
                value.encode()
            except UnicodeEncodeError:
                return False
        case list():
            return all(map(_is_text, value))
        case dict():
            return all(map(_is_text, value)) and all(map(_is_text, value.values()))
    return True


def _refuse_above(limit: int, context: Mapping[str, Any] | None) -> None:
    length = context["request"].META.get("CONTENT_LENGTH") if context else None
    if length and int(length) > limit:
        raise TooLarge
