"""The owner's page: upload, watch, cancel, go on, read the report."""

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


def files(*named: tuple[str, str]) -> list[SimpleUploadedFile]:
    return [SimpleUploadedFile(name, text.encode()) for name, text in named]


def upload(client: Client, owner: User, *named: tuple[str, str], **more: str) -> ImportRun:
    client.force_login(owner)
    form = {"archive": files(*named), "origin": "hashnode", "author": str(owner.pk), **more}
    response = client.post(PAGE, form)
    assert response.status_code == 302, response.content.decode()
    return ImportRun.objects.get()


def work(run: ImportRun) -> ImportRun:
    """Do what a worker would."""
    tasks.carry_out.func(str(run.pk))
    run.refresh_from_db()
    return run


def test_an_owner_uploads_files_watches_and_reads_the_report(client: Client, owner: User) -> None:
    assert b'type="file"' in client_as(client, owner).get(PAGE).content
    run = upload(client, owner, post(1), post(2), ("README.md", "# No post"))
    assert queued_jobs() == 1
    waiting = client.get(f"{PAGE}/{run.pk}").content.decode()
    assert "<progress" in waiting
    assert 'http-equiv="refresh"' in waiting
    run = work(run)
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


def queued_jobs() -> int:
    """Return how many jobs were asked for so far that import."""
    return OxTask.objects.filter(task_path__startswith="broadsheet.transfer.").count()


def client_as(client: Client, user: User) -> Client:
    client.force_login(user)
    return client


def test_an_import_can_be_cancelled_and_go_on(client: Client, owner: User) -> None:
    run = upload(client, owner, post(1))
    client.post(f"{PAGE}/{run.pk}/cancel")
    run = work(run)
    assert run.status == "cancelled"
    assert Post.objects.count() == 0
    client.post(f"{PAGE}/{run.pk}/resume")
    assert queued_jobs() == 2
    assert work(run).status == "done"
    assert Post.objects.count() == 1
    client.post(f"{PAGE}/{run.pk}/resume")
    assert queued_jobs() == 2


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
    run = work(run)
    assert (run.status, Post.objects.count()) == ("cancelled", 1)
    assert "1  new" in run.summary


def test_an_import_that_fails_says_why_and_keeps_its_files(client: Client, owner: User) -> None:
    run = work(upload(client, owner, ("backup.zip", "no archive")))
    assert run.status == "failed"
    assert run.folder.exists()
    page = client.get(f"{PAGE}/{run.pk}").content.decode()
    assert "backup.zip is not a ZIP archive" in page
    assert "Continue" in page


def test_a_task_that_is_run_again_after_a_crash_goes_on(client: Client, owner: User) -> None:
    run = upload(client, owner, post(1))
    ImportRun.objects.update(status="running", done=0)
    assert work(run).status == "done"
    assert work(run).status == "done"
    assert Post.objects.count() == 1


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [("virus.exe", "x", "virus.exe” is not a ZIP"), ("empty.md", "", "empty")],
)
def test_what_no_import_takes_is_refused_beside_the_field(
    client: Client, owner: User, name: str, text: str, says: str
) -> None:
    client.force_login(owner)
    form = {"archive": files((name, text)), "origin": "hashnode", "author": str(owner.pk)}
    response = client.post(PAGE, form)
    assert response.status_code == 400
    assert says in response.content.decode()
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


def test_names_of_uploads_cannot_lead_out_of_the_folder(client: Client, owner: User) -> None:
    run = upload(client, owner, ("../../evil.md", "x"), ("evil.md", "y"))
    assert sorted(file.name for file in run.folder.iterdir()) == ["1-evil.md", "evil.md"]


def test_nobody_but_an_owner_gets_in(client: Client, owner: User, editor: User) -> None:
    run = upload(client, owner, post(1))
    addresses = [
        reverse("transfer:import"),
        *(reverse(f"transfer:run{end}", args=[run.pk]) for end in ("", "-report")),
    ]
    client.force_login(editor)
    assert {client.get(address).status_code for address in addresses} == {403}
    assert client.post(f"{PAGE}/{run.pk}/cancel").status_code == 403
    client.logout()
    assert client.get(PAGE)["Location"].endswith("?next=/studio/import")
    run.refresh_from_db()
    assert run.status == "waiting"


def test_a_file_may_have_a_long_name_in_any_script(client: Client, owner: User) -> None:
    run = work(upload(client, owner, (f"{'あ' * 90}.md", post(1)[1])))
    assert run.status == ImportRun.Status.DONE
    assert Post.objects.count() == 1
