"""A disk that rejects writes, at each place where a request or a job writes to it."""

import builtins
import errno
import io
import os
import shutil
import tempfile
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db.models import F
from django.test import Client
from django.utils import timezone
from django_ox.models import OxTask
from django_ox.testing import run_tasks
from pytest_django import Settings

from broadsheet.accounts.models import User
from broadsheet.lib.outages import Outage, classify_outage
from broadsheet.media.models import Image
from broadsheet.ops.monitoring import health_checks
from broadsheet.ops.tasks import hourly_cleanup
from broadsheet.posts import actions
from broadsheet.posts.models import Post
from broadsheet.transfer.models import ImportRun
from broadsheet.transfer.tasks import fail_lost_runs
from tests.media import samples
from tests.transfer.conftest import post as exported

pytestmark = pytest.mark.django_db
ERRORS = (errno.ENOSPC, errno.EROFS, errno.EIO)
ERRORS_ONE_QUICK = [ERRORS[0], *(pytest.param(one, marks=pytest.mark.slow) for one in ERRORS[1:])]
PICTURE = samples.file(samples.scene(), "PNG")
_open, _os_open = io.open, os.open


@dataclass
class Disk:
    """Counts the writes below the test's folder, and makes one of them or all fail."""

    folder: Path
    number: int = 0
    step: int | None = None
    steps: list[str] = field(default_factory=list)
    opened: dict[Any, object] = field(default_factory=dict)

    @contextmanager
    def failing(self, number: int, step: int | None = None) -> Iterator[None]:
        """Make the step with this index fail with the error `number`, or all steps."""
        self.number, self.step, self.steps = number, step, []
        try:
            yield
        finally:
            self.number = 0

    def write(self, name: str, path: object) -> None:
        """Count a step, or make it fail."""
        if not str(path).startswith(str(self.folder)):
            return
        self.steps.append(f"{name} {path}")
        if self.number and self.step in {None, len(self.steps) - 1}:
            raise OSError(self.number, os.strerror(self.number), str(path))

    def descriptor(self, path: Any, flags: int, *rest: Any, **more: Any) -> int:
        """Replace `os.open`."""
        if flags & (os.O_WRONLY | os.O_RDWR):
            self.write("open", path)
        number = _os_open(path, flags, *rest, **more)
        self.opened[number] = path
        return number

    def stream(self, file: Any, mode: str = "r", *rest: Any, **more: Any) -> Any:
        """Replace `open`; each write to the stream is a step of its own."""
        if not set(mode) & set("wxa+"):
            return _open(file, mode, *rest, **more)
        if not isinstance(file, int) and "opener" not in more:  # those use `os.open`
            self.write("open", file)
        stream: Any = _open(file, mode, *rest, **more)
        path, write = self.opened.get(file, file), type(stream).write
        itself = weakref.ref(stream)  # a cycle would keep unclosed streams open

        def counted_write(data: Any) -> int:
            self.write("write", path)
            return int(write(itself(), data))

        stream.write = counted_write
        return stream

    def counted(self, name: str) -> Callable[..., None]:
        """Return a replacement for another function of `os`."""
        real = getattr(os, name)

        def replacement(path: Any, *rest: Any, **more: Any) -> None:
            self.write(name, path)
            real(path, *rest, **more)

        return replacement


@pytest.fixture
def disk(tmp_path: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Disk:
    """The disk that holds images, temporary uploads, imports and reports."""
    for name in ("temporary", "media"):
        (tmp_path / name).mkdir()
    settings.DATA, settings.MEDIA_ROOT = tmp_path, tmp_path / "media"
    settings.FILE_UPLOAD_TEMP_DIR, settings.FILE_UPLOAD_MAX_MEMORY_SIZE = tmp_path / "temporary", 0
    disk = Disk(tmp_path)
    monkeypatch.setattr(os, "open", disk.descriptor)
    monkeypatch.setattr(io, "open", disk.stream)
    monkeypatch.setattr(builtins, "open", disk.stream)
    for name in ("mkdir", "rename", "replace"):
        monkeypatch.setattr(os, name, disk.counted(name))
    return disk


def _files() -> list[Path]:
    return sorted(file for file in Path(django_settings.DATA).rglob("*") if file.is_file())


def _image() -> SimpleUploadedFile:
    return SimpleUploadedFile("a.png", PICTURE)


def _upload(client: Client, _user: User) -> Any:
    return client.post("/studio/images", {"file": _image()})


def _upload_by_api(client: Client, _user: User) -> Any:
    return client.post("/api/v1/images", {"file": _image()})


def _upload_profile_picture(client: Client, _user: User) -> Any:
    links = {"links-TOTAL_FORMS": 0, "links-INITIAL_FORMS": 0}
    return client.post("/profile", {"display_name": "O", "bio": "", "picture": _image()} | links)


def _import(client: Client, user: User) -> Any:
    name, text = exported(1)
    archive = [SimpleUploadedFile(name, text.encode())]
    return client.post(
        "/studio/import", {"archive": archive, "origin": "hashnode", "author": str(user.pk)}
    )


@pytest.mark.slow
@pytest.mark.parametrize("number", ERRORS_ONE_QUICK, ids=errno.errorcode.get)
@pytest.mark.parametrize("request_", [_upload, _upload_by_api, _upload_profile_picture, _import])
def test_a_disk_error_at_any_step_of_an_upload_is_reported_and_leaves_nothing(
    request_: Callable[[Client, User], Any], number: int, owner: User, disk: Disk
) -> None:
    post = actions.create(by=owner, title="There", content="It.", status="published")
    client = Client()
    client.force_login(owner)
    assert client.get(post.get_absolute_url()).status_code == 200
    status = 507 if number == errno.ENOSPC else 503
    step = 0
    while True:
        with disk.failing(number, step):
            response = request_(client, owner)
            if step >= len(disk.steps):
                break
            where = disk.steps[step]
            assert response.status_code == status, where
            assert Client().get(post.get_absolute_url()).status_code == 200
            assert Client().get("/archive").status_code == 200
        if request_ is _upload_by_api:
            kind = "full" if status == 507 else "unavailable"
            assert response.json()["type"].endswith(f"/problems/{kind}"), where
        else:
            assert "Nothing was changed" in response.text, where
        assert _files() == [], where
        assert not Image.objects.exists()
        assert not ImportRun.objects.exists()
        for folder in ("imports", "media"):  # so that they are created again
            shutil.rmtree(disk.folder / folder, ignore_errors=True)
        step += 1
    assert step >= 5, "written temporarily by the parser, then to the storage"
    assert response.status_code in {201, 302}, "the same request"


@pytest.mark.parametrize("number", ERRORS, ids=errno.errorcode.get)
def test_the_csrf_check_does_not_hide_disk_errors(number: int, owner: User, disk: Disk) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(owner)
    client.get("/studio/images")
    headers = {"X-CSRFToken": client.cookies["csrftoken"].value}
    for path in ("/studio/images", "/api/v1/images"):
        with disk.failing(number):
            response = client.post(path, {"file": _image()}, headers=headers)
        assert response.status_code == (507 if number == errno.ENOSPC else 503)
        response = client.post(path, {"file": _image()}, headers=headers)
        assert response.status_code == 201
        Image.objects.all().delete()
    assert client.post("/studio/images", {"file": _image()}).status_code == 403


def test_a_missing_folder_for_temporary_files_is_an_outage(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "_candidate_tempdir_list", lambda: ["/dev/null/none"])
    with pytest.raises(FileNotFoundError) as raised:
        tempfile._get_default_tempdir()  # type: ignore[attr-defined] # as at the first upload
    assert classify_outage(raised.value) is Outage.GONE
    assert classify_outage(FileNotFoundError(errno.ENOENT, "No such file", "a.png")) is None


def _run_jobs() -> None:
    """Run all jobs, as if the pauses between their attempts were over."""
    OxTask.objects.filter(status="READY").update(run_after=timezone.now() - timedelta(seconds=1))
    run_tasks()


@pytest.mark.parametrize("number", ERRORS, ids=errno.errorcode.get)
def test_jobs_are_retried_after_disk_errors_and_succeed(
    number: int,
    owner: User,
    disk: Disk,
    tmp_path: Path,
    django_capture_on_commit_callbacks: Any,
) -> None:
    client = Client()
    client.force_login(owner)
    with django_capture_on_commit_callbacks(execute=True):
        assert _upload(client, owner).status_code == 201
        assert _import(client, owner).status_code == 302
    before = _files()
    with disk.failing(number):
        _run_jobs()
    (tmp_path / "reports").mkdir(exist_ok=True)
    with disk.failing(number):
        _run_jobs()
    waiting = OxTask.objects.filter(status="READY", attempts__gte=1)
    assert {job.task_path.rpartition(".")[2] for job in waiting} >= {"make_variants", "carry_out"}
    assert _files() == before, "nothing was partially written"
    run = ImportRun.objects.get()
    assert run.is_under_way
    text = client.get(f"/studio/import/{run.pk}").text
    assert "The import resumes automatically once this is fixed." in text
    assert ("The disk is full" in text) == (number == errno.ENOSPC)
    _run_jobs()
    assert Image.objects.get().has_variants
    assert ImportRun.objects.get().status == "done"
    assert Post.objects.count() == 1


def test_the_owner_can_continue_an_import_after_its_last_failed_attempt(
    owner: User, disk: Disk, django_capture_on_commit_callbacks: Any
) -> None:
    client = Client()
    client.force_login(owner)
    with django_capture_on_commit_callbacks(execute=True):
        page = _import(client, owner).url
    job = OxTask.objects.filter(task_path__endswith="carry_out")
    job.update(attempts=F("max_attempts") - 1)
    with disk.failing(errno.EROFS):
        _run_jobs()
    assert job.get().status == "FAILED"
    assert "Continue" in client.get(page).text
    with django_capture_on_commit_callbacks(execute=True):
        client.post(f"{page}/resume")
    _run_jobs()
    assert ImportRun.objects.get().status == "done"
    assert Post.objects.count() == 1


def test_the_owner_can_continue_an_import_whose_job_was_lost(
    owner: User, disk: Disk, django_capture_on_commit_callbacks: Any
) -> None:
    client = Client()
    client.force_login(owner)
    with django_capture_on_commit_callbacks(execute=True):
        pages = [_import(client, owner).url for _ in range(2)]
    lost = ImportRun.objects.get(pk=pages[0].rpartition("/")[2])
    # The state that a worker leaves if it cannot record the result of its last attempt.
    OxTask.objects.filter(args=[str(lost.pk)]).update(status="LOST")
    ImportRun.objects.update(status="running")
    fail_lost_runs.func()
    assert sorted(ImportRun.objects.values_list("status", flat=True)) == ["failed", "running"]
    assert "Continue" in client.get(pages[0]).text
    with django_capture_on_commit_callbacks(execute=True):
        client.post(f"{pages[0]}/resume")
    _run_jobs()
    assert set(ImportRun.objects.values_list("status", flat=True)) == {"done"}


def test_partial_files_of_a_killed_process_are_removed_after_a_day(
    disk: Disk, tmp_path: Path
) -> None:
    default_storage.save("ab/whole.png", ContentFile(PICTURE))
    parts = tmp_path / "media" / "parts"
    for name in ("new", "old"):
        (parts / name).write_bytes(PICTURE[:9])
    os.utime(parts / "old", (0, 0))
    assert default_storage.listdir("") == (["ab"], [])
    hourly_cleanup.func()
    assert [file.name for file in _files()] == ["whole.png", "new"]


def test_an_outage_is_logged_once_as_a_warning(
    owner: User, disk: Disk, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("broadsheet.lib.outages.last_seen", {})
    client = Client()
    client.force_login(owner)
    with disk.failing(errno.EROFS), caplog.at_level("INFO"):
        for request in (_upload, _upload_by_api, _import, _upload):
            assert request(client, owner).status_code == 503
    lines = [record for record in caplog.records if record.levelname in {"WARNING", "ERROR"}]
    assert [(line.levelname, line.name) for line in lines] == [
        ("WARNING", "broadsheet.lib.outages")
    ]


@pytest.mark.parametrize("number", ERRORS, ids=errno.errorcode.get)
def test_the_health_check_reports_a_disk_that_cannot_be_written_to(number: int, disk: Disk) -> None:
    with disk.failing(number):
        assert "cannot be written to" in health_checks.disk().message
    assert "are free" in health_checks.disk().message
