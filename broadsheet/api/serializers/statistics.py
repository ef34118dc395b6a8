"""Serializers of statistics."""

from typing import Any

from rest_framework import serializers


class DayCountSerializer(serializers.Serializer[Any]):
    """The views on a day in the site's time zone."""

    date = serializers.DateField()
    views = serializers.IntegerField(min_value=0)


class PostCountSerializer(serializers.Serializer[Any]):
    """The views of a post."""

    id = serializers.UUIDField()
    slug = serializers.CharField()
    title = serializers.CharField()
    views = serializers.IntegerField(min_value=0)


class HostCountSerializer(serializers.Serializer[Any]):
    """The views that came from a host; empty if browsers named none.

    `is_other`: the sum of hosts that are not counted one by one.
    """

    host = serializers.CharField(allow_blank=True)
    is_other = serializers.BooleanField()
    views = serializers.IntegerField(min_value=0)


class StatisticsSerializer(serializers.Serializer[Any]):
    """Views in a period, and the posts and referrers with the most views, up to 20 of each."""

    views = serializers.IntegerField(min_value=0)
    previous_views = serializers.IntegerField(
        min_value=0, help_text="Views in the period of the same length before."
    )
    days = DayCountSerializer(many=True)
    posts = PostCountSerializer(many=True)
    referrers = HostCountSerializer(many=True)
