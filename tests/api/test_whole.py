"""A whole post is written as the OpenAPI description has it."""

import datetime as dt
from typing import Any

import pytest
from django.test import RequestFactory

from broadsheet.accounts.models import User
from broadsheet.api.renderers import JSON
from broadsheet.api.serializers.posts import PostFull
from broadsheet.api.whole import written
from broadsheet.media.models import Image
from broadsheet.posts import actions
from broadsheet.posts.models import Post

NOW = dt.datetime(2026, 5, 3, 12, 0, 0, 5, tzinfo=dt.UTC)


@pytest.mark.parametrize("zone", ["UTC", "America/St_Johns"])
@pytest.mark.parametrize("is_editable", [True, False])
def test_what_is_written_is_what_the_serializer_says(
    author: User, another_author: User, settings: Any, zone: str, is_editable: bool
) -> None:
    settings.TIME_ZONE = zone
    image = Image.objects.create(
        owner=author, file="ab/abc/10x20.jpg", digest="abc", mime="image/jpeg", width=10, height=20,
        bytes=1,
    )  # fmt: skip
    many: list[actions.NewPost] = [
        {"title": "Plain"},
        {"title": "Ünï \u2028 “code” </script>", "slug": "ünï", "content": "Some *words*."},
        {"title": "Covered", "cover": image, "cover_alt": "A view", "tags": ["Food", "Wine"]},
        {"title": "Elsewhere", "cover_url": "https://example.org/ä.png", "series": "Kitchen"},
        {"title": "Two", "authors": [author, another_author], "status": "published"},
        {"title": "Told", "seo_title": "T", "pub_date": NOW, "source_id": "x:1"},
    ]
    request = RequestFactory().get("/api/v1/posts")
    for made in actions.create_many(many, by=author):
        for post in (made, Post.objects.for_reading().get(pk=made.pk)):
            context = {"request": request, "editable": {post.pk} if is_editable else set()}
            said = JSON().render(PostFull(post, context=context).data).decode()
            assert written(post, base="http://testserver", is_editable=is_editable) == said
