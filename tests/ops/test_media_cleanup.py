"""Cleaning the media storage."""

import datetime as dt
import io

import pytest
from django.core.files.storage import default_storage
from django.core.management import call_command
from django.utils import timezone
from PIL import Image as Pillow

from broadsheet.accounts.models import User
from broadsheet.media import actions
from broadsheet.media.models import Image
from broadsheet.ops.media_cleanup import GRACE, clean_share_of_hour
from broadsheet.posts import actions as posts
from broadsheet.publication.models import Site

LATER = dt.timedelta(days=31)


def upload(by: User, colour: str) -> Image:
    out = io.BytesIO()
    Pillow.new("RGB", (8, 4), colour).save(out, "PNG")
    return actions.upload(io.BytesIO(out.getvalue()), name=f"{colour}.png", by=by)


def hours_of_a_day(first: dt.datetime) -> list[dt.datetime]:
    return [first + dt.timedelta(hours=hour) for hour in range(24)]


def test_files_without_an_image_are_deleted_within_a_day_after_the_grace_period(
    author: User,
) -> None:
    orphan, kept = upload(author, "red"), upload(author, "blue")
    Image.objects.filter(pk=orphan.pk).delete()  # no action: the files stay
    early = timezone.now() + GRACE - dt.timedelta(days=2)
    assert sum(map(clean_share_of_hour, hours_of_a_day(early))) == 0
    assert default_storage.exists(str(orphan.file.name))
    assert sum(map(clean_share_of_hour, hours_of_a_day(timezone.now() + LATER))) == 1
    assert not default_storage.exists(str(orphan.file.name))
    assert default_storage.exists(str(kept.file.name))


def test_many_unknown_files_are_left_alone_by_the_worker(
    author: User, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("broadsheet.ops.media_cleanup.FEW", 0)
    orphan = upload(author, "red")
    Image.objects.filter(pk=orphan.pk).delete()
    assert sum(map(clean_share_of_hour, hours_of_a_day(timezone.now() + LATER))) == 0
    assert default_storage.exists(str(orphan.file.name))
    assert "is it the right storage?" in caplog.text


def test_the_command_deletes_images_that_no_version_of_a_post_and_no_site_uses(
    author: User, owner: User
) -> None:
    unused, cover, logo = (upload(author, colour) for colour in ("red", "green", "blue"))
    Site.objects.update(logo=logo)
    post = posts.create(by=author, title="A post", cover=cover)
    posts.edit(post, by=author, version=1, cover=None)
    out = io.StringIO()
    call_command("clean-media", "--never-used", "--dry-run", days=0, stdout=out)
    assert "Would delete" in out.getvalue()
    call_command("clean-media", "--never-used", stdout=out)
    assert Image.objects.count() == 3  # they are new
    call_command("clean-media", "--never-used", days=0, stdout=out)
    assert set(Image.objects.all()) == {cover, logo}
    assert not Image.objects.filter(pk=unused.pk).exists()
