"""Policies decide who may do what, without access to the request."""

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


def test_authors_and_editors_get_a_post_to_edit(author: User, editor: User) -> None:
    post = actions.create(by=author, title="Tea")
    assert policy.get_editable(author, post.pk) == post
    assert policy.get_editable(editor, post.pk) == post
    actions.delete(post, by=author)
    assert policy.get_restorable(author, post.pk) == post


def test_a_post_that_is_not_public_does_not_exist_for_other_users(
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
def test_policies_do_not_depend_on_http(module: Path) -> None:
    assert len(MODULES) > 3
    nodes = list(ast.walk(ast.parse(module.read_text())))
    imported = {node.module for node in nodes if isinstance(node, ast.ImportFrom)}
    names = {node.arg for node in nodes if isinstance(node, ast.arg)}
    assert {name for name in imported if name and "http" in name} == set()
    assert "request" not in names
