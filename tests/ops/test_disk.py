"""A disk that takes nothing, at each place where a request or a job writes to it."""

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
from broadsheet.ops.tasks import keep_house
from broadsheet.posts import actions
from broadsheet.posts.models import Post
from broadsheet.transfer.models import ImportRun
from broadsheet.transfer.tasks import fail_lost_runs
from tests.media import samples
from tests.transfer.conftest import post as exported

pytestmark = pytest.mark.django_db
BROKEN = (errno.ENOSPC, errno.EROFS, errno.EIO)
BROKEN_IN_DETAIL = [BROKEN[0], *(pytest.param(one, marks=pytest.mark.slow) for one in BROKEN[1:])]
PICTURE = samples.file(samples.scene(), "PNG")
_open, _os_open = io.open, os.open


@dataclass
class Disk:
    """Counts what is written below the test's own folder, and refuses one step or all."""

    folder: Path
    number: int = 0
    step: int | None = None
    steps: list[str] = field(default_factory=list)
    opened: dict[Any, object] = field(default_factory=dict)

    @contextmanager
    def broken(self, number: int, step: int | None = None) -> Iterator[None]:
        """Refuse with `number` the step with this index, or all."""
        self.number, self.step, self.steps = number, step, []
        try:
            yield
        finally:
            self.number = 0

    def write(self, name: str, place: object) -> None:
        """Count a step, or refuse it."""
        if not str(place).startswith(str(self.folder)):
            return
        self.steps.append(f"{name} {place}")
        if self.number and self.step in {None, len(self.steps) - 1}:
            raise OSError(self.number, os.strerror(self.number), str(place))

    def descriptor(self, path: Any, flags: int, *rest: Any, **more: Any) -> int:
        """Stand in for `os.open`."""
        if flags & (os.O_WRONLY | os.O_RDWR):
            self.write("open", path)
        number = _os_open(path, flags, *rest, **more)
        self.opened[number] = path
        return number

    def stream(self, file: Any, mode: str = "r", *rest: Any, **more: Any) -> Any:
        """Stand in for `open`; what is written to the stream is a step of its own."""
        if not set(mode) & set("wxa+"):
            return _open(file, mode, *rest, **more)
        if not isinstance(file, int) and "opener" not in more:  # which comes here again
            self.write("open", file)
        stream: Any = _open(file, mode, *rest, **more)
        place, write = self.opened.get(file, file), type(stream).write
        itself = weakref.ref(stream)  # or nobody would close it who does not have to

        def refusing(data: Any) -> int:
            self.write("write", place)
            return int(write(itself(), data))

        stream.write = refusing
        return stream

    def counted(self, name: str) -> Callable[..., None]:
        """Return what stands in for another function of `os`."""
        real = getattr(os, name)

        def do(path: Any, *rest: Any, **more: Any) -> None:
            self.write(name, path)
            real(path, *rest, **more)

        return do


@pytest.fixture
def disk(tmp_path: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Disk:
    """The disk that holds images, uploads on their way, imports and reports."""
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


def _show_oneself(client: Client, _user: User) -> Any:
    links = {"links-TOTAL_FORMS": 0, "links-INITIAL_FORMS": 0}
    return client.post("/profile", {"display_name": "O", "bio": "", "picture": _image()} | links)


def _import(client: Client, user: User) -> Any:
    name, text = exported(1)
    archive = [SimpleUploadedFile(name, text.encode())]
    return client.post(
        "/studio/import", {"archive": archive, "origin": "hashnode", "author": str(user.pk)}
    )


@pytest.mark.parametrize("number", BROKEN_IN_DETAIL, ids=errno.errorcode.get)
@pytest.mark.parametrize("request_", [_upload, _upload_by_api, _show_oneself, _import])
def test_who_sends_a_file_is_told_at_whichever_step_the_disk_fails_and_nothing_is_half_done(
    request_: Callable[[Client, User], Any], number: int, owner: User, disk: Disk
) -> None:
    post = actions.create(by=owner, title="There", content="It.", status="published")
    client = Client()
    client.force_login(owner)
    assert client.get(post.get_absolute_url()).status_code == 200
    status = 507 if number == errno.ENOSPC else 503
    step = 0
    while True:
        with disk.broken(number, step):
            answer = request_(client, owner)
            if step >= len(disk.steps):
                break
            where = disk.steps[step]
            assert answer.status_code == status, where
            assert Client().get(post.get_absolute_url()).status_code == 200
            assert Client().get("/archive").status_code == 200
        if request_ is _upload_by_api:
            kind = "full" if status == 507 else "unavailable"
            assert answer.json()["type"].endswith(f"/problems/{kind}"), where
        else:
            assert "Nothing was changed" in answer.text, where
        assert _files() == [], where
        assert not Image.objects.exists()
        assert not ImportRun.objects.exists()
        for folder in ("imports", "media"):  # or what is there already would be no step
            shutil.rmtree(disk.folder / folder, ignore_errors=True)
        step += 1
    assert step >= 5, "put down for the parser, then for good"
    assert answer.status_code in {201, 302}, "the same request"


@pytest.mark.parametrize("number", BROKEN, ids=errno.errorcode.get)
def test_the_check_of_form_tokens_hides_no_full_disk(number: int, owner: User, disk: Disk) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(owner)
    client.get("/studio/images")
    headers = {"X-CSRFToken": client.cookies["csrftoken"].value}
    for path in ("/studio/images", "/api/v1/images"):
        with disk.broken(number):
            answer = client.post(path, {"file": _image()}, headers=headers)
        assert answer.status_code == (507 if number == errno.ENOSPC else 503)
        answer = client.post(path, {"file": _image()}, headers=headers)
        assert answer.status_code == 201
        Image.objects.all().delete()
    assert client.post("/studio/images", {"file": _image()}).status_code == 403


def test_no_folder_for_temporary_files_is_an_outage(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "_candidate_tempdir_list", lambda: ["/dev/null/none"])
    with pytest.raises(FileNotFoundError) as raised:
        tempfile._get_default_tempdir()  # type: ignore[attr-defined] # as at the first upload
    assert classify_outage(raised.value) is Outage.GONE
    assert classify_outage(FileNotFoundError(errno.ENOENT, "No such file", "a.png")) is None


def _work() -> None:
    """Do all jobs, as if the pauses between their attempts were over."""
    OxTask.objects.filter(status="READY").update(run_after=timezone.now() - timedelta(seconds=1))
    run_tasks()


@pytest.mark.parametrize("number", BROKEN, ids=errno.errorcode.get)
def test_a_job_that_the_disk_refuses_is_tried_again_and_ends_well(
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
    with disk.broken(number):
        _work()
    (tmp_path / "reports").mkdir(exist_ok=True)
    with disk.broken(number):
        _work()
    waiting = OxTask.objects.filter(status="READY", attempts__gte=1)
    assert {job.task_path.rpartition(".")[2] for job in waiting} >= {"make_variants", "carry_out"}
    assert _files() == before, "nothing is half done"
    run = ImportRun.objects.get()
    assert run.is_under_way
    text = client.get(f"/studio/import/{run.pk}").text
    assert "The import resumes automatically once this is fixed." in text
    assert ("The disk is full" in text) == (number == errno.ENOSPC)
    _work()
    assert Image.objects.get().has_variants
    assert ImportRun.objects.get().status == "done"
    assert Post.objects.count() == 1


def test_an_import_that_was_tried_in_vain_is_the_owners_to_go_on_with(
    owner: User, disk: Disk, django_capture_on_commit_callbacks: Any
) -> None:
    client = Client()
    client.force_login(owner)
    with django_capture_on_commit_callbacks(execute=True):
        page = _import(client, owner).url
    job = OxTask.objects.filter(task_path__endswith="carry_out")
    job.update(attempts=F("max_attempts") - 1)
    with disk.broken(errno.EROFS):
        _work()
    assert job.get().status == "FAILED"
    assert "Continue" in client.get(page).text
    with django_capture_on_commit_callbacks(execute=True):
        client.post(f"{page}/resume")
    _work()
    assert ImportRun.objects.get().status == "done"
    assert Post.objects.count() == 1


def test_an_import_whose_job_was_lost_with_the_database_is_the_owners_to_go_on_with(
    owner: User, disk: Disk, django_capture_on_commit_callbacks: Any
) -> None:
    client = Client()
    client.force_login(owner)
    with django_capture_on_commit_callbacks(execute=True):
        pages = [_import(client, owner).url for _ in range(2)]
    lost = ImportRun.objects.get(pk=pages[0].rpartition("/")[2])
    # As the worker leaves it that cannot note how its last attempt ended.
    OxTask.objects.filter(args=[str(lost.pk)]).update(status="LOST")
    ImportRun.objects.update(status="running")
    fail_lost_runs.func()
    assert sorted(ImportRun.objects.values_list("status", flat=True)) == ["failed", "running"]
    assert "Continue" in client.get(pages[0]).text
    with django_capture_on_commit_callbacks(execute=True):
        client.post(f"{pages[0]}/resume")
    _work()
    assert set(ImportRun.objects.values_list("status", flat=True)) == {"done"}


def test_what_a_kill_left_of_a_file_that_was_being_written_is_removed_after_a_day(
    disk: Disk, tmp_path: Path
) -> None:
    default_storage.save("ab/whole.png", ContentFile(PICTURE))
    parts = tmp_path / "media" / "parts"
    for name in ("new", "old"):
        (parts / name).write_bytes(PICTURE[:9])
    os.utime(parts / "old", (0, 0))
    assert default_storage.listdir("") == (["ab"], [])
    keep_house.func()
    assert [file.name for file in _files()] == ["whole.png", "new"]


def test_an_outage_is_logged_once_as_a_warning(
    owner: User, disk: Disk, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("broadsheet.lib.outages.last_seen", {})
    client = Client()
    client.force_login(owner)
    with disk.broken(errno.EROFS), caplog.at_level("INFO"):
        for request in (_upload, _upload_by_api, _import, _upload):
            assert request(client, owner).status_code == 503
    lines = [record for record in caplog.records if record.levelname in {"WARNING", "ERROR"}]
    assert [(line.levelname, line.name) for line in lines] == [
        ("WARNING", "broadsheet.lib.outages")
    ]


@pytest.mark.parametrize("number", BROKEN, ids=errno.errorcode.get)
def test_who_asks_whether_the_site_is_ready_is_told_of_the_disk(number: int, disk: Disk) -> None:
    with disk.broken(number):
        assert "cannot be written to" in health_checks.disk().message
    assert "are free" in health_checks.disk().message
