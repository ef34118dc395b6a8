"""Serializers of bulk changes."""

from rest_framework import serializers

from broadsheet.api.serializers.strict import StrictSerializer
from broadsheet.posts.actions.bulk import MAX_POSTS
from broadsheet.posts.models import BulkChange


class BulkChangeCreateSerializer(StrictSerializer):
    """A change of many posts. `value` is a tag, the name of a series or a username."""

    verb = serializers.ChoiceField(choices=BulkChange.Verb.choices)
    value = serializers.CharField(max_length=200, required=False, allow_blank=True)
    posts = serializers.ListField(child=serializers.UUIDField(), min_length=1, max_length=MAX_POSTS)


class LeftOutSerializer(serializers.Serializer[object]):
    """A post that was skipped or not undone."""

    id = serializers.UUIDField()
    reason = serializers.CharField()


class BulkChangeSerializer(serializers.Serializer[object]):
    """A change of many posts, and how far it is."""

    id = serializers.UUIDField()
    verb = serializers.ChoiceField(choices=BulkChange.Verb.choices)
    value = serializers.CharField()
    state = serializers.ChoiceField(choices=BulkChange.State.choices)
    total = serializers.IntegerField()
    done = serializers.IntegerField()
    changed = serializers.IntegerField()
    unchanged = serializers.IntegerField()
    undone = serializers.IntegerField()
    left_out = LeftOutSerializer(many=True)
