"""Parsers of request bodies, with limits of size and depth."""

from collections.abc import Mapping
from typing import IO, Any

from django.conf import settings
from django.utils.translation import gettext as _
from rest_framework.exceptions import ParseError, ValidationError
from rest_framework.parsers import JSONParser, MultiPartParser

from broadsheet.api.exceptions import RequestTooLargeError


class LimitedJSONParser(JSONParser):
    """JSON (RFC 8259), limited in size like forms, and in depth by Python's recursion limit."""

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        """Return the value in `stream`. Raises ParseError and RequestTooLargeError."""
        _check_length(settings.DATA_UPLOAD_MAX_MEMORY_SIZE, parser_context)
        try:
            value = super().parse(stream, media_type, parser_context)
            _check_surrogates(value)
        except RecursionError as error:
            raise ParseError("JSON parse error - nested too deeply") from error
        return value


class LimitedMultiPartParser(MultiPartParser):
    """A form with files, limited to the size of an image and 100 kB."""

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        """Return fields and files. Raises ParseError and RequestTooLargeError."""
        _check_length(settings.UPLOAD_MAX_BYTES + 100_000, parser_context)
        return super().parse(stream, media_type, parser_context)


def _check_surrogates(value: Any) -> None:
    """Raise ValidationError for lone surrogates (RFC 7493, section 2.1).

    No response could name such a member, and no database could store such a text.
    """
    members = value if isinstance(value, dict) else {"non_field_errors": value}
    invalid = [name for name, item in members.items() if not (_is_utf8(name) and _is_utf8(item))]
    if invalid:
        message = _("Unpaired surrogates are not allowed.")
        names = [name.encode(errors="backslashreplace").decode()[:100] for name in invalid]
        raise ValidationError({name: [message] for name in names})


def _is_utf8(value: Any) -> bool:
    """Return whether UTF-8 can encode all texts in a JSON value."""
    match value:
        case str():
            if value.isascii():
                return True
            try:
                value.encode()
            except UnicodeEncodeError:
                return False
        case list():
            return all(map(_is_utf8, value))
        case dict():
            return all(map(_is_utf8, value)) and all(map(_is_utf8, value.values()))
    return True


def _check_length(limit: int, context: Mapping[str, Any] | None) -> None:
    length = context["request"].META.get("CONTENT_LENGTH") if context else None
    if length and int(length) > limit:
        raise RequestTooLargeError
