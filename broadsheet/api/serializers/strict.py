"""Input that is taken whole or refused: nothing that was sent is silently dropped."""

import copy
from collections.abc import Mapping
from functools import cache
from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.extensions import OpenApiSerializerExtension
from rest_framework import serializers


class Strict(serializers.Serializer[Any]):
    """Refuses fields that are unknown or cannot be set, by name."""

    @classmethod
    def said(cls, data: Any) -> dict[str, Any]:
        """Return the values of the fields that `data` sets. Raises ValidationError.

        The fields are made once: they keep nothing of what they are asked.
        """
        asked = copy.copy(_ready(cls))
        asked.initial_data = data
        asked.is_valid(raise_exception=True)
        said: dict[str, Any] = asked.validated_data
        return said

    def to_internal_value(self, data: Any) -> Any:
        """Return the values of the fields. Raises ValidationError."""
        if isinstance(data, Mapping):
            settable = {name for name, field in self.fields.items() if not field.read_only}
            if refused := [name for name in data if name not in settable]:
                message = _("Unknown or read-only field.")
                raise serializers.ValidationError({str(name)[:100]: [message] for name in refused})
            for name, value in data.items():
                if not _fits(self.fields[name], value):
                    message = _("Wrong type.")
                    raise serializers.ValidationError({name: [message]})
        values = super().to_internal_value(data)
        errors = {name: _too_long(self.fields[name], value) for name, value in data.items()}
        if any(errors.values()):
            raise serializers.ValidationError({n: said for n, said in errors.items() if said})
        return values


class NoFields(Strict):
    """The body of a change that takes no values."""


@cache
def _ready(of: type[Strict]) -> Strict:
    ready = of()
    _worked_out = ready.fields, ready.validators  # here, so that copies have them
    return ready


def _fits(field: Any, value: Any) -> bool:
    """Whether `value` has the type of JSON that `field` takes: REST framework converts many."""
    if value is None:
        return True
    match field:
        case (
            serializers.ListField(child=child) | serializers.ManyRelatedField(child_relation=child)
        ):
            # REST framework looks up each of several related objects, null too.
            return isinstance(value, list) and all(
                each is not None and _fits(child, each) for each in value
            )
        case serializers.BooleanField():
            return isinstance(value, bool)
        case serializers.IntegerField():
            return isinstance(value, int) and not isinstance(value, bool)
        case serializers.CharField() | serializers.RelatedField():
            return isinstance(value, str)
    return True


def _too_long(field: Any, value: Any) -> list[str]:
    """Count a text as it was sent, as OpenAPI does: the framework takes white space off first."""
    longest = getattr(field, "max_length", None)
    if not isinstance(value, str) or longest is None or len(value) <= longest:
        return []
    return [field.error_messages["max_length"].format(max_length=longest)]


class StrictSchema(OpenApiSerializerExtension):  # type: ignore[no-untyped-call]
    """The same, for the OpenAPI description."""

    target_class = Strict
    match_subclasses = True

    def map_serializer(self, auto_schema: Any, direction: str) -> dict[str, Any]:
        """Return the schema, closed to other properties."""
        schema = auto_schema._map_serializer(self.target, direction, bypass_extensions=True)  # noqa: SLF001 - as spectacular's own extensions do
        return {**schema, "additionalProperties": False}
