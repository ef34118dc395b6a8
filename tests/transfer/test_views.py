"""The import page of owners: upload, progress, cancel, resume and report."""

from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django_ox.models import OxTask

from broadsheet.accounts.models import User
from broadsheet.posts.models import Post
from broadsheet.transfer import apply, jobs, tasks, uploads
from broadsheet.transfer.import_plan import ImportPlan, ItemResult
from broadsheet.transfer.models import ImportRun
from tests.transfer.conftest import post

pytestmark = pytest.mark.django_db
PAGE = "/studio/import"


def files(*contents: tuple[str, str]) -> list[SimpleUploadedFile]:
    return [SimpleUploadedFile(name, text.encode()) for name, text in contents]


def upload(client: Client, owner: User, *contents: tuple[str, str], **more: str) -> ImportRun:
    client.force_login(owner)
    form = {"archive": files(*contents), "origin": "hashnode", "author": str(owner.pk), **more}
    response = client.post(PAGE, form)
    assert response.status_code == 302, response.content.decode()
    return ImportRun.objects.get()


def run_task(run: ImportRun) -> ImportRun:
    """Run the task as a worker does."""
    tasks.carry_out.func(str(run.pk))
    run.refresh_from_db()
    return run


def test_an_owner_can_upload_files_and_read_progress_and_report(
    client: Client, owner: User
) -> None:
    assert b'type="file"' in client_as(client, owner).get(PAGE).content
    run = upload(client, owner, post(1), post(2), ("README.md", "# No post"))
    assert enqueued_tasks() == 1
    waiting = client.get(f"{PAGE}/{run.pk}").content.decode()
    assert "<progress" in waiting
    assert 'http-equiv="refresh"' in waiting
    run = run_task(run)
    assert (run.status, run.done, run.total) == ("done", 3, 3)
    assert Post.objects.count() == 2
    assert not run.folder.exists()
    page = client.get(f"{PAGE}/{run.pk}").content.decode()
    assert "2  new" in page
    assert "http-equiv" not in page
    response = client.get(f"{PAGE}/{run.pk}/report")
    text = b"".join(response.streaming_content).decode()  # type: ignore[attr-defined] # a file
    assert "README.md: not a post" in text
    assert "attachment" in response["Content-Disposition"]
    assert str(run.created_at.year) in client.get(PAGE).content.decode()


def enqueued_tasks() -> int:
    """Return the number of tasks for imports that have been enqueued."""
    return OxTask.objects.filter(task_path__startswith="broadsheet.transfer.").count()


def client_as(client: Client, user: User) -> Client:
    client.force_login(user)
    return client


def test_an_import_can_be_cancelled_and_resumed(client: Client, owner: User) -> None:
    run = upload(client, owner, post(1))
    client.post(f"{PAGE}/{run.pk}/cancel")
    run = run_task(run)
    assert run.status == "cancelled"
    assert Post.objects.count() == 0
    client.post(f"{PAGE}/{run.pk}/resume")
    assert enqueued_tasks() == 2
    assert run_task(run).status == "done"
    assert Post.objects.count() == 1
    client.post(f"{PAGE}/{run.pk}/resume")
    assert enqueued_tasks() == 2


def test_a_cancelled_import_stops_between_two_batches(
    client: Client, owner: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("broadsheet.transfer.pipeline.BATCH_SIZE", 1)
    run = upload(client, owner, post(1), post(2), post(3))
    write = apply.apply_plan

    def cancel_meanwhile(plan: ImportPlan, *, by: User) -> list[ItemResult]:
        jobs.cancel_run(run)
        return write(plan, by=by)

    monkeypatch.setattr(apply, "apply_plan", cancel_meanwhile)
    run = run_task(run)
    assert (run.status, Post.objects.count()) == ("cancelled", 1)
    assert "1  new" in run.summary


def test_a_failed_import_shows_the_reason_and_keeps_its_files(client: Client, owner: User) -> None:
    run = run_task(upload(client, owner, ("backup.zip", "no archive")))
    assert run.status == "failed"
    assert run.folder.exists()
    page = client.get(f"{PAGE}/{run.pk}").content.decode()
    assert "backup.zip is not a ZIP archive" in page
    assert "Continue" in page


def test_a_task_that_is_run_again_after_a_crash_resumes(client: Client, owner: User) -> None:
    run = upload(client, owner, post(1))
    ImportRun.objects.update(status="running", done=0)
    assert run_task(run).status == "done"
    assert run_task(run).status == "done"
    assert Post.objects.count() == 1


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [("virus.exe", "x", "virus.exe” is not a ZIP"), ("empty.md", "", "empty")],
)
def test_an_unsupported_file_is_a_field_error(
    client: Client, owner: User, name: str, text: str, message: str
) -> None:
    client.force_login(owner)
    form = {"archive": files((name, text)), "origin": "hashnode", "author": str(owner.pk)}
    response = client.post(PAGE, form)
    assert response.status_code == 400
    assert message in response.content.decode()
    assert not ImportRun.objects.exists()


def test_uploads_have_limits(
    client: Client, owner: User, monkeypatch: pytest.MonkeyPatch, data: Path
) -> None:
    client.force_login(owner)
    form = {"origin": "hashnode", "author": str(owner.pk)}
    monkeypatch.setattr(uploads, "MAX_BYTES", 3)
    response = client.post(PAGE, {**form, "archive": files(post(1))})
    assert "larger than" in response.content.decode()
    monkeypatch.setattr(uploads, "MAX_FILES", 1)
    response = client.post(PAGE, {**form, "archive": files(post(1), post(2))})
    assert "Put them into a ZIP" in response.content.decode()
    assert list(data.iterdir()) == []


def test_file_names_of_uploads_cannot_leave_the_folder(client: Client, owner: User) -> None:
    run = upload(client, owner, ("../../evil.md", "x"), ("evil.md", "y"))
    assert sorted(file.name for file in run.folder.iterdir()) == ["1-evil.md", "evil.md"]


def test_only_owners_can_import(client: Client, owner: User, editor: User) -> None:
    run = upload(client, owner, post(1))
    urls = [
        reverse("transfer:import"),
        *(reverse(f"transfer:run{end}", args=[run.pk]) for end in ("", "-report")),
    ]
    client.force_login(editor)
    assert {client.get(url).status_code for url in urls} == {403}
    assert client.post(f"{PAGE}/{run.pk}/cancel").status_code == 403
    client.logout()
    assert client.get(PAGE)["Location"].endswith("?next=/studio/import")
    run.refresh_from_db()
    assert run.status == "waiting"


def test_a_file_can_have_a_long_name_in_any_script(client: Client, owner: User) -> None:
    run = run_task(upload(client, owner, (f"{'あ' * 90}.md", post(1)[1])))
    assert run.status == ImportRun.Status.DONE
    assert Post.objects.count() == 1
