"""Read models of posts."""

from collections.abc import Callable
from typing import Any

from django.db import connection
from django.utils import timezone

from broadsheet.accounts.models import User
from broadsheet.posts import actions, queries
from broadsheet.posts.models import Post

Execute = Callable[[str, Any, bool, Any], Any]


def test_a_post_that_is_withdrawn_between_the_queries_of_a_list_is_not_in_it(author: User) -> None:
    kept, withdrawn = (
        actions.create(by=author, title=title, status="published", pub_date=timezone.now())
        for title in ("Kept", "Withdrawn")
    )
    executed = 0

    def withdraw_after_the_first(execute: Execute, *arguments: Any) -> Any:
        nonlocal executed
        executed += 1
        if executed == 2:
            Post.objects.filter(pk=withdrawn.pk).update(status="draft")
        return execute(*arguments)

    with connection.execute_wrapper(withdraw_after_the_first):
        posts = queries.summaries(Post.objects.published())
    assert executed > 2
    assert [post.id for post in posts] == [kept.pk]
