"""A database or disk that rejects writes: pages can be read, writes fail completely and say why."""

import errno
import os
import resource
import shutil
import signal
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import psycopg
import pytest
from django import db
from django.conf import settings as django_settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.test import Client
from pytest_django import Settings

from broadsheet.accounts.models import User
from broadsheet.lib.outages import Outage, classify_outage
from broadsheet.lib.process_pool import PoolBusyError
from broadsheet.media.models import Image
from broadsheet.ops.monitoring import health_checks
from broadsheet.posts.models import Post
from tests.media import samples
from tests.ops.backup import sites
from tests.ops.processes import Server, fetch, free_port, processes_of, run, set_up, wait_for
from tests.ops.prove.test_kills import SEED
from tests.ops.prove.writing import Writers

TEXT = "Much to say. " * 20_000


@pytest.fixture
def full_database(db: None) -> Iterator[None]:
    """SQLite that cannot grow by another page."""
    if connection.vendor != "sqlite":
        pytest.skip("needs SQLite")
    with connection.cursor() as cursor:
        # Pages freed by earlier tests could be used, too.
        cursor.execute("PRAGMA freelist_count")
        (free,) = cursor.fetchone()
        cursor.execute(f"CREATE TABLE filler AS SELECT zeroblob({4_096 * free}) AS room")
        cursor.execute("PRAGMA page_count")
        (pages,) = cursor.fetchone()
        cursor.execute(f"PRAGMA max_page_count = {pages}")
        yield
        cursor.execute("PRAGMA max_page_count = 1073741823")


def test_the_editor_reports_a_full_disk_and_nothing_is_saved(
    author: User, client: Client, full_database: None
) -> None:
    client.force_login(author)
    response = client.post("/studio/new", {"title": "Long", "content": TEXT})
    assert response.status_code == 507
    assert "The disk is full" in response.text
    assert "your text is still in the form" in response.text
    assert not Post.objects.exists()


@pytest.mark.django_db
def test_no_files_are_left_of_an_import_that_the_full_database_rejects(
    owner: User, client: Client, tmp_path: Path, settings: Settings
) -> None:
    settings.DATA = tmp_path
    client.force_login(owner)

    def fail(execute: Callable[..., Any], sql: str, *rest: Any) -> Any:
        if sql.startswith("INSERT") and "importrun" in sql:
            error = db.OperationalError("database or disk is full")
            error.__cause__ = psycopg.errors.DiskFull()
            raise error
        return execute(sql, *rest)

    def send() -> int:
        archive = [SimpleUploadedFile("a.md", b"# A post")]
        form = {"origin": "markdown", "author": str(owner.pk), "archive": archive}
        return client.post("/studio/import", form).status_code

    with connection.execute_wrapper(fail):
        assert send() == 507
    assert list((tmp_path / "imports").iterdir()) == []
    assert send() == 302


class FailingMiddleware:
    """Middleware that fails before or after the view."""

    error: Exception
    is_late = False

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self._get_response(request) if self.is_late else None
        del response
        raise self.error


def _database_error(cause: Exception) -> db.DatabaseError:
    error = db.OperationalError("said")
    error.__cause__ = cause
    return error


@pytest.mark.django_db
@pytest.mark.parametrize("is_late", [False, True])
@pytest.mark.parametrize(
    ("error", "status"),
    [
        (_database_error(psycopg.errors.DiskFull()), 507),
        (_database_error(psycopg.errors.AdminShutdown()), 503),
        (OSError(errno.EROFS, "Read-only"), 503),
        (PoolBusyError(), 503),
        (ZeroDivisionError(), 500),
    ],
)
def test_errors_in_middleware_are_handled_like_errors_in_views(
    error: Exception,
    status: int,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    *,
    is_late: bool,
) -> None:
    monkeypatch.setattr(FailingMiddleware, "error", error, raising=False)
    monkeypatch.setattr(FailingMiddleware, "is_late", is_late)
    settings.MIDDLEWARE = [*settings.MIDDLEWARE, f"{__name__}.FailingMiddleware"]
    response = Client(raise_request_exception=False).get("/login")
    assert response.status_code == status
    assert ("Retry-After" in response.headers) == (status != 500)
    assert "Content-Security-Policy" in response.headers


@pytest.mark.django_db
def test_database_errors_in_sessions_and_404_pages_are_outages(
    author: User, client: Client
) -> None:
    def fail(execute: Callable[..., Any], sql: str, *rest: Any) -> Any:
        if sql.startswith('UPDATE "django_session"') or "publication_site" in sql:
            raise _database_error(psycopg.errors.AdminShutdown())
        return execute(sql, *rest)

    author.set_password("long-enough-1")
    author.save()
    client.raise_request_exception = False
    with connection.execute_wrapper(fail):
        responses = [
            client.post("/login", {"login": author.username, "password": "long-enough-1"}),
            client.get("/studio/posts/nothing/edit"),
            client.get("/a/b/c"),
        ]
    assert [response.status_code for response in responses] == [503] * 3
    assert all(response.headers["Retry-After"] == "10" for response in responses)


def test_the_api_reports_a_full_disk_as_a_problem(
    author: User, client: Client, full_database: None
) -> None:
    client.force_login(author)
    response = client.post(
        "/api/v1/posts", {"title": "Long", "content": TEXT}, content_type="application/json"
    )
    assert response.status_code == 507
    assert response.json()["type"].endswith("/problems/full")
    assert not Post.objects.exists()


@pytest.mark.parametrize(
    ("cause", "why"),
    [
        (psycopg.errors.DiskFull(), Outage.FULL),
        (psycopg.errors.AdminShutdown(), Outage.GONE),
        (psycopg.errors.TooManyConnections(), Outage.GONE),
        (psycopg.errors.ReadOnlySqlTransaction(), Outage.GONE),
        (psycopg.OperationalError("connection refused"), Outage.GONE),
        (psycopg.errors.UndefinedTable(), None),
        (psycopg.errors.UniqueViolation(), None),
        (psycopg.DataError("no such character"), None),
    ],
)
def test_postgresql_errors_are_classified(cause: Exception, why: Outage | None) -> None:
    """Django raises its own errors, with the same names as the base classes of the driver."""
    kind = next(kind for kind in type(cause).__mro__ if hasattr(db, kind.__name__))
    error = getattr(db, kind.__name__)("said")
    error.__cause__ = cause
    assert classify_outage(error) is why


def test_other_errors_are_not_outages() -> None:
    assert classify_outage(ValueError("said")) is None
    assert classify_outage(ConnectionRefusedError(errno.ECONNREFUSED, "said")) is None


@pytest.mark.parametrize(
    ("number", "status", "kind", "text"),
    [
        (errno.ENOSPC, 507, "full", "The disk is full"),
        (errno.EDQUOT, 507, "full", "The disk is full"),
        (errno.EROFS, 503, "unavailable", "the disk cannot be written to"),
        (errno.EIO, 503, "unavailable", "the disk cannot be written to"),
    ],
)
def test_uploads_report_disk_errors_and_leave_nothing_behind(
    number: int,
    status: int,
    kind: str,
    text: str,
    author: User,
    client: Client,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    client.force_login(author)

    def image() -> SimpleUploadedFile:
        return SimpleUploadedFile("a.png", samples.file(samples.scene(), "PNG"))

    def fail(*_args: object) -> None:
        raise OSError(number, os.strerror(number))

    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", fail)
        page = client.post("/studio/images", {"file": image()})
        problem = client.post("/api/v1/images", {"file": image()})
    assert (page.status_code, problem.status_code) == (status, status)
    assert text in page.text
    assert problem.json()["type"].endswith(f"/problems/{kind}")
    assert not Image.objects.exists()
    folder = Path(django_settings.MEDIA_ROOT)
    assert [file for file in folder.rglob("*") if file.is_file()] == []
    assert client.post("/api/v1/images", {"file": image()}).status_code == 201


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 64 MB, mounted."""
    if os.geteuid() != 0 or shutil.which("mount") is None:
        pytest.skip("needs to be root, to mount a small disk")
    place = tmp_path / "disk"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=64m", "tmpfs", str(place)]
    if subprocess.run(mount, check=False, capture_output=True).returncode:
        pytest.skip("may not mount")
    yield place
    subprocess.run(["umount", "--lazy", str(place)], check=True)


@pytest.mark.server
@pytest.mark.slow
def test_the_server_recovers_from_a_full_disk(
    small_disk: Path, start: Callable[..., Server]
) -> None:
    data, port = small_disk / "data", free_port()
    set_up(data)
    token = run(data, "shell", "--no-imports", "-c", SEED).stdout
    (data.parent / "server").mkdir()
    server = start(
        "broadsheet", "serve", data=data, port=port, PORT=str(port), BROADSHEET_API_PER_MINUTE="0"
    )
    with Writers(port, token, 1) as writers:
        pass
    assert fetch(port)[0] == 200
    filler = small_disk / "filler"
    with filler.open("wb", buffering=0) as file, suppress(OSError):
        while file.write(b"x" * 4_096):
            pass
    refused = Writers(port, token, 1, threads=1)
    refused.publish("Too much")
    assert refused.written.refused == [("Too much", 507)]
    assert fetch(port)[0] == 200, "pages can still be read"
    filler.unlink()
    refused.publish("Enough")
    assert list(refused.written.acknowledged) == ["Enough"]
    assert "Too much" not in fetch(port)[1]
    assert writers.written.refused == []
    assert server.stop() == 0


@pytest.mark.server
@pytest.mark.slow
def test_a_process_started_on_a_full_disk_serves_pages(
    prepared: Path, small_disk: Path, start: Callable[..., Server]
) -> None:
    data, port = sites.copy(prepared, small_disk / "data"), free_port()
    token = sites.shell(data, SEED)
    options = {"BROADSHEET_API_PER_MINUTE": "0", "BROADSHEET_METRICS_TOKEN": "a-long-enough-token"}
    server = start("broadsheet", "serve", data=data, PORT=str(port), port=port, **options)
    writer = Writers(port, token, 1, threads=1)
    writer.publish("Before")
    before = set(processes_of(data))
    filler = small_disk / "filler"
    with filler.open("wb", buffering=0) as file, suppress(OSError):
        while file.write(b"x" * 4_096):
            pass
    assert fetch(port, "/login")[0] == 200, "a URL that was not requested before"
    for pid in serving_processes(server):
        with suppress(ProcessLookupError):  # it has already ended
            os.kill(pid, signal.SIGKILL)
    wait_for(lambda: set(processes_of(data)) - before, "another child")
    wait_for(lambda: is_responding(port), "its response")
    for path in ("/", "/before", "/archive", "/search?q=before", "/login", "/rss.xml"):
        assert fetch(port, path)[0] == 200, "pages can still be read"
    assert fetch(port, "/readyz")[0] == 503
    writer.publish("Meanwhile")
    assert writer.written.refused == [("Meanwhile", 507)]
    filler.unlink()
    writer.publish("After")
    assert list(writer.written.acknowledged) == ["Before", "After"]
    assert server.process.poll() is None
    assert server.stop() == 0


def is_responding(port: int) -> bool:
    with suppress(OSError):
        return fetch(port)[0] == 200
    return False


def serving_processes(server: Server) -> list[int]:
    """Return the processes that have page cache counters, which include those that serve."""
    files = (server.data / "run" / "pages").glob("*.*")
    return [pid for file in files if (pid := int(file.suffix[1:])) != server.process.pid]


def limit_file_size(server: Server, size: int) -> None:
    """Limit the size of files that a server's processes can write to (setrlimit(2))."""
    for pid in processes_of(server.data):
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))


@pytest.mark.server
@pytest.mark.slow
def test_the_server_recovers_from_failing_writes(
    prepared: Path, tmp_path: Path, start: Callable[..., Server]
) -> None:
    """As if the system made it read-only after an error: files stay open, and writes fail."""
    data, port = sites.copy(prepared, tmp_path / "data"), free_port()
    token = sites.shell(data, SEED)
    server = start("broadsheet", "serve", data=data, PORT=str(port), port=port)
    writer = Writers(port, token, 1, threads=1)
    writer.publish("Before")
    limit_file_size(server, 0)
    writer.publish("Meanwhile")
    assert writer.written.refused == [("Meanwhile", 503)]
    for path in ("/", "/before", "/archive", "/search?q=before", "/login", "/rss.xml"):
        assert fetch(port, path)[0] == 200, "pages can still be read"
    assert fetch(port, "/readyz")[0] == 503
    limit_file_size(server, resource.RLIM_INFINITY)
    assert fetch(port, "/readyz")[0] == 200
    writer.publish("After")
    assert list(writer.written.acknowledged) == ["Before", "After"]
    assert "After" in fetch(port)[1]
    assert "Meanwhile" not in fetch(port)[1]
    upload(port, token)
    wait_for(lambda: has_variants(data), "the worker, which was not restarted, to run its next job")
    assert server.stop() == 0


def upload(port: int, token: str) -> None:
    """Upload an image."""
    picture = samples.file(samples.scene(), "PNG")
    head = '--x\r\nContent-Disposition: form-data; name="file"; filename="a.png"\r\n\r\n'
    request = Request(
        f"http://127.0.0.1:{port}/api/v1/images",
        head.encode() + picture + b"\r\n--x--\r\n",
        {
            "Authorization": f"Bearer {token.strip()}",
            "Content-Type": "multipart/form-data; boundary=x",
        },
    )
    with urlopen(request) as response:
        assert response.status == 201


def has_variants(data: Path) -> bool:
    with closing(sqlite3.connect(data / "broadsheet.sqlite3", timeout=20)) as database:
        return database.execute("SELECT has_variants FROM media_image").fetchall() == [(1,)]


@pytest.mark.django_db
def test_a_site_on_a_read_only_disk_is_not_ready_and_says_why(
    client: Client, small_disk: Path, settings: Settings
) -> None:
    settings.METRICS_TOKEN, settings.DATA = "a-token", small_disk
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    response = client.get("/readyz", headers={"Authorization": "Bearer a-token"})
    assert response.status_code == 503
    assert (
        response.json()["checks"]["disk"]["message"]
        == "it cannot be written to: Read-only file system"
    )
    subprocess.run(["mount", "-o", "remount,rw", str(small_disk)], check=True)
    assert client.get("/healthz").status_code == 200
    assert "are free" in health_checks.disk().message


@pytest.mark.slow
def test_serve_reports_a_read_only_disk(prepared: Path, small_disk: Path) -> None:
    data = sites.copy(prepared, small_disk / "data")
    assert run(data, "migrate").returncode == 0  # creates the secret key
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    result = run(data, "serve")
    assert result.returncode == 2
    assert result.stderr == f"broadsheet: BROADSHEET_DATA: {data} cannot be written to.\n"
