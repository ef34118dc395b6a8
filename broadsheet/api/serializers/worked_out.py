"""Model serializers that work out their fields once, not for every request."""

import copy
from functools import cache
from typing import Any

from django.db.models import Model, TextField
from rest_framework import serializers
from rest_framework.validators import ProhibitSurrogateCharactersValidator

type Fields = dict[str, serializers.Field[Any, Any, Any, Any]]


class NoSurrogates(ProhibitSurrogateCharactersValidator):
    """Looks at a text's characters one by one only where there is something to be found."""

    def __call__(self, value: Any) -> None:
        """Raise ValidationError for a character that UTF-8 cannot write."""
        try:
            str(value).encode()
        except UnicodeEncodeError:
            super().__call__(value)


class Text(serializers.CharField):
    """A long text."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        slow = ProhibitSurrogateCharactersValidator
        self.validators = [NoSurrogates() if type(v) is slow else v for v in self.validators]


class ModelSerializer[M: Model](serializers.ModelSerializer[M]):
    """Copies the fields that its class was found to have: a third of what finding them takes."""

    serializer_field_mapping = {
        **serializers.ModelSerializer.serializer_field_mapping,
        TextField: Text,
    }

    def get_fields(self) -> Fields:
        """Return fresh copies of the fields."""
        return copy.deepcopy(_fields(type(self)))


@cache
def _fields(of: type[ModelSerializer[Any]]) -> Fields:
    return serializers.ModelSerializer.get_fields(of())
