"""Repeated imports: only posts change that changed at the source and were not edited here."""

from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from broadsheet.accounts.models import User
from broadsheet.posts import actions
from broadsheet.posts.models import Post, Revision
from broadsheet.publication.models import Redirect
from tests.transfer.conftest import Backup, post, report, run

pytestmark = pytest.mark.django_db


def test_a_second_import_writes_nothing(owner: User, backup: Backup) -> None:
    folder = backup(dict(post(n) for n in range(5)))
    assert "5  new" in run("import", "hashnode", folder)
    with CaptureQueriesContext(
        connection,
    ) as queries:
        assert "5  unchanged" in run("import", "hashnode", folder)
    assert all(query["sql"].startswith("SELECT") for query in queries)


def test_content_that_was_lost_is_reported_each_time(
    owner: User, backup: Backup, data: Path
) -> None:
    folder = backup(dict([post(body="%%[newsletter]")]))
    run("import", "hashnode", folder)
    run("import", "hashnode", folder)
    assert "widget, whose content is not in the backup: newsletter" in report(data)


def test_a_changed_source_updates_its_post(owner: User, backup: Backup) -> None:
    run("import", "hashnode", backup(dict([post(slug="old", title="Old")])))
    out = run("import", "hashnode", backup(dict([post(slug="new", title="New", body="More")])))
    assert "1  updated" in out
    saved = Post.objects.get()
    assert (saved.title, saved.slug, saved.content, saved.version) == ("New", "new", "More", 2)
    assert Redirect.objects.get(old_path="/old").new_path == "/new"
    assert Revision.objects.count() == 2


def test_a_post_that_was_edited_here_is_skipped_and_reported(
    owner: User, backup: Backup, data: Path
) -> None:
    run("import", "hashnode", backup(dict([post()])))
    actions.edit(Post.objects.get(), by=owner, version=1, content="Mine")
    out = run("import", "hashnode", backup(dict([post(body="Theirs")])))
    assert "1  skipped: changed at the source and edited here" in out
    assert Post.objects.get().content == "Mine"


def test_a_post_that_was_deleted_here_stays_deleted(owner: User, backup: Backup) -> None:
    run("import", "hashnode", backup(dict([post()])))
    actions.delete(Post.objects.get(), by=owner)
    assert "1  skipped: deleted here" in run(
        "import", "hashnode", backup(dict([post(body="Changed")]))
    )
    assert not Post.objects.alive().exists()


def test_a_post_that_is_published_later_at_the_source_is_published(
    owner: User, backup: Backup
) -> None:
    run("import", "hashnode", backup(dict([post(more="saveAsDraft: true")])))
    run("import", "hashnode", backup(dict([post()])))
    saved = Post.objects.get()
    assert saved.status == "published"
    assert saved.pub_date is not None
    assert saved.pub_date.year == 2023
    assert saved.first_published_at == saved.pub_date


def test_a_new_slug_that_is_in_use_here_is_not_applied(
    owner: User, backup: Backup, data: Path
) -> None:
    actions.create(by=owner, title="Mine", slug="mine")
    run("import", "hashnode", backup(dict([post(slug="theirs")])))
    run("import", "hashnode", backup(dict([post(slug="mine")])))
    assert set(Post.objects.values_list("slug", flat=True)) == {"mine", "theirs"}
    assert "URL already taken" in report(data)


def test_a_dry_run_reports_everything_and_writes_nothing(
    owner: User, backup: Backup, data: Path
) -> None:
    folder = backup(dict([post(1, more="series: S\ntags: t"), post(2, body="%%[w]")]))
    tables = connection.introspection.table_names()

    def rows() -> dict[str, int]:
        counts = {}
        with connection.cursor() as cursor:
            for table in tables:
                cursor.execute(f'SELECT count(*) FROM "{table}"')
                counts[table] = cursor.fetchone()[0]
        return counts

    before = rows()
    out = run("import", "hashnode", folder, "--dry-run", "--download-images")
    assert out.count("2  new") == 1
    assert "\n\n\n" not in out
    assert "widget, whose content" in out
    assert rows() == before
    assert list(data.iterdir()) == []
