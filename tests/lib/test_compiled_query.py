"""Queries whose SQL is compiled once."""

from typing import Any

import pytest
from django.db import connection
from django.db.models import Q

from broadsheet.accounts.models import User
from broadsheet.lib.compiled_query import CompiledQuery
from broadsheet.posts import actions
from broadsheet.posts.models import Post, Tag

pytestmark = pytest.mark.django_db


def test_a_value_that_is_not_in_the_query_is_an_error() -> None:
    with pytest.raises(ValueError, match="lacks one of its values"):
        CompiledQuery(lambda _slug: Tag.objects.filter(Q()).values_list("slug"), "a")("b")


def test_constants_are_part_of_the_sql_even_with_quotes_and_percent_signs(
    author: User,
) -> None:
    actions.create(by=author, title="It's 100%", slug="odd", status="published")
    titles = CompiledQuery(
        lambda slug: Post.objects.filter(slug=slug, title="It's 100%").values_list("title"),
        "a-slug",
    )
    params = []

    def record(execute: Any, sql: str, values: Any, many: bool, context: Any) -> Any:
        params.append(tuple(values))
        return execute(sql, values, many, context)

    with connection.execute_wrapper(record):
        assert titles("odd") == [("It's 100%",)]
        assert titles("even") == []
    assert params == [("odd",), ("even",)], "the title is part of the SQL"
