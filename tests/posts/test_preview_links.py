"""Preview links: creating, revoking, and who may still share a post."""

import datetime as dt

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from broadsheet.accounts.models import User
from broadsheet.posts import actions
from broadsheet.posts.actions import preview_links
from broadsheet.posts.models import Post, PreviewLink
from broadsheet.posts.policy import get_open_preview_link

pytestmark = pytest.mark.django_db


def test_a_link_works_for_seven_days_and_its_token_is_not_stored(author: User, draft: Post) -> None:
    link, token = actions.create_preview_link(draft, by=author, name="Rita")
    assert get_open_preview_link(token) == link
    assert abs(link.expires_at - timezone.now() - dt.timedelta(7)) < dt.timedelta(minutes=5)
    assert token not in str(PreviewLink.objects.values().get())


def test_a_revoked_link_ends_and_stays_revoked_at_the_same_time(author: User, draft: Post) -> None:
    link, token = actions.create_preview_link(draft, by=author)
    actions.revoke_preview_link(link)
    revoked_at = PreviewLink.objects.get().revoked_at
    actions.revoke_preview_link(link)
    assert PreviewLink.objects.get().revoked_at == revoked_at
    with pytest.raises(PreviewLink.DoesNotExist):
        get_open_preview_link(token)


def test_an_expired_link_does_not_work(author: User, draft: Post) -> None:
    link, token = actions.create_preview_link(draft, by=author)
    PreviewLink.objects.update(expires_at=timezone.now() - dt.timedelta(seconds=1))
    with pytest.raises(PreviewLink.DoesNotExist):
        get_open_preview_link(token)
    link.refresh_from_db()
    assert not link.is_open


@pytest.mark.parametrize("change", ["role", "account", "author", "post"])
def test_a_link_ends_when_its_creator_may_no_longer_edit_the_post(
    author: User, another_author: User, draft: Post, change: str
) -> None:
    _link, token = actions.create_preview_link(draft, by=author)
    match change:
        case "role":
            User.objects.filter(pk=author.pk).update(role="reader")
        case "account":
            User.objects.filter(pk=author.pk).update(is_active=False)
        case "author":
            actions.edit(draft, by=author, version=1, authors=[another_author])
        case "post":
            actions.delete(draft, by=author)
    with pytest.raises(PreviewLink.DoesNotExist):
        get_open_preview_link(token)


@pytest.mark.parametrize("days", [-1, 91])
def test_a_link_expires_within_90_days(author: User, draft: Post, days: int) -> None:
    at = timezone.now() + dt.timedelta(days)
    with pytest.raises(ValidationError, match="up to 90 days"):
        actions.create_preview_link(draft, by=author, expires_at=at)


def test_the_number_of_links_that_work_is_limited(
    author: User, draft: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(preview_links, "MAX_LINKS", 1)
    link, _token = actions.create_preview_link(draft, by=author)
    with pytest.raises(ValidationError, match="Revoke one"):
        actions.create_preview_link(draft, by=author)
    actions.revoke_preview_link(link)
    actions.create_preview_link(draft, by=author)


def test_links_that_expired_long_ago_are_deleted(author: User, draft: Post) -> None:
    actions.create_preview_link(draft, by=author)
    PreviewLink.objects.update(expires_at=timezone.now() - dt.timedelta(31))
    link, _token = actions.create_preview_link(draft, by=author)
    assert list(draft.preview_links.all()) == [link]
