"""Policies answer who may do what, and know no HTTP."""

import ast
from pathlib import Path

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied

import broadsheet
from broadsheet.accounts.models import User
from broadsheet.posts import actions, policy
from broadsheet.posts.models import Post

MODULES = sorted(Path(broadsheet.__file__).parent.glob("*/policy.py"))


def test_a_post_is_got_by_those_who_may_edit_it(author: User, editor: User) -> None:
    post = actions.create(by=author, title="Tea")
    assert policy.get_editable(author, post.pk) == post
    assert policy.get_editable(editor, post.pk) == post
    actions.delete(post, by=author)
    assert policy.get_restorable(author, post.pk) == post


def test_a_post_that_others_cannot_read_does_not_exist_for_them(
    author: User, another_author: User
) -> None:
    post = actions.create(by=author, title="Tea")
    for user in (another_author, AnonymousUser()):
        with pytest.raises(Post.DoesNotExist, match="or not yours"):
            policy.get_editable(user, post.pk)
        with pytest.raises(Post.DoesNotExist):
            policy.get_restorable(user, post.pk)
    actions.publish(post, by=author)
    for user in (another_author, AnonymousUser()):
        with pytest.raises(PermissionDenied, match="Only its authors"):
            policy.get_editable(user, post.pk)


@pytest.mark.parametrize("module", MODULES, ids=lambda path: path.parent.name)
def test_policies_know_no_http(module: Path) -> None:
    assert len(MODULES) > 3
    nodes = list(ast.walk(ast.parse(module.read_text())))
    imported = {node.module for node in nodes if isinstance(node, ast.ImportFrom)}
    names = {node.arg for node in nodes if isinstance(node, ast.arg)}
    assert {name for name in imported if name and "http" in name} == set()
    assert "request" not in names
