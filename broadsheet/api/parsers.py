"""What may be sent, and how much of it."""

from collections.abc import Mapping
from typing import IO, Any

from django.conf import settings
from rest_framework.exceptions import ParseError
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
    """Raise ParseError for what no answer could name and no database keep (RFC 7493, 2.1)."""
    match value:
        case str():
            if not value.isascii():
                try:
                    value.encode()
                except UnicodeEncodeError as error:
                    raise ParseError("JSON parse error - a surrogate without its other") from error
        case list():
            for item in value:
                _refuse_lone_surrogates(item)
        case dict():
            for name, item in value.items():
                _refuse_lone_surrogates(name)
                _refuse_lone_surrogates(item)


def _refuse_above(limit: int, context: Mapping[str, Any] | None) -> None:
    length = context["request"].META.get("CONTENT_LENGTH") if context else None
    if length and int(length) > limit:
        raise TooLarge
