"""A database that takes nothing: readers go on, writers hear why, nothing is half done."""

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
from tests.ops.processes import Server, fetch, free_port, relatives, run, set_up, wait_for
from tests.ops.prove.test_kills import SEED
from tests.ops.prove.writing import Writers

TEXT = "Much to say. " * 20_000


@pytest.fixture
def full(db: None) -> Iterator[None]:
    """SQLite, which may not take another page."""
    if connection.vendor != "sqlite":
        pytest.skip("needs SQLite")
    with connection.cursor() as cursor:
        # What tests before this one deleted is room, too.
        cursor.execute("PRAGMA freelist_count")
        (free,) = cursor.fetchone()
        cursor.execute(f"CREATE TABLE filler AS SELECT zeroblob({4_096 * free}) AS room")
        cursor.execute("PRAGMA page_count")
        (pages,) = cursor.fetchone()
        cursor.execute(f"PRAGMA max_page_count = {pages}")
        yield
        cursor.execute("PRAGMA max_page_count = 1073741823")


def test_who_writes_to_a_full_disk_is_told_and_nothing_is_half_done(
    author: User, client: Client, full: None
) -> None:
    client.force_login(author)
    answer = client.post("/studio/new", {"title": "Long", "content": TEXT})
    assert answer.status_code == 507
    assert "The disk is full" in answer.text
    assert "your text is still in the form" in answer.text
    assert not Post.objects.exists()


@pytest.mark.django_db
def test_an_import_that_a_full_database_cannot_note_leaves_no_files(
    owner: User, client: Client, tmp_path: Path, settings: Settings
) -> None:
    settings.DATA = tmp_path
    client.force_login(owner)

    def refuse(execute: Callable[..., Any], sql: str, *rest: Any) -> Any:
        if sql.startswith("INSERT") and "importrun" in sql:
            error = db.OperationalError("database or disk is full")
            error.__cause__ = psycopg.errors.DiskFull()
            raise error
        return execute(sql, *rest)

    def send() -> int:
        archive = [SimpleUploadedFile("a.md", b"# A post")]
        form = {"origin": "markdown", "author": str(owner.pk), "archive": archive}
        return client.post("/studio/import", form).status_code

    with connection.execute_wrapper(refuse):
        assert send() == 507
    assert list((tmp_path / "imports").iterdir()) == []
    assert send() == 302


class Breaking:
    """Middleware that fails before or after the view."""

    error: Exception
    is_late = False

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self._get_response(request) if self.is_late else None
        del response
        raise self.error


def _because_of(cause: Exception) -> db.DatabaseError:
    error = db.OperationalError("said")
    error.__cause__ = cause
    return error


@pytest.mark.django_db
@pytest.mark.parametrize("is_late", [False, True])
@pytest.mark.parametrize(
    ("error", "status"),
    [
        (_because_of(psycopg.errors.DiskFull()), 507),
        (_because_of(psycopg.errors.AdminShutdown()), 503),
        (OSError(errno.EROFS, "Read-only"), 503),
        (PoolBusyError(), 503),
        (ZeroDivisionError(), 500),
    ],
)
def test_middleware_that_fails_is_answered_as_a_view_that_fails(
    error: Exception,
    status: int,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    *,
    is_late: bool,
) -> None:
    monkeypatch.setattr(Breaking, "error", error, raising=False)
    monkeypatch.setattr(Breaking, "is_late", is_late)
    settings.MIDDLEWARE = [*settings.MIDDLEWARE, f"{__name__}.Breaking"]
    answer = Client(raise_request_exception=False).get("/login")
    assert answer.status_code == status
    assert ("Retry-After" in answer.headers) == (status != 500)
    assert "Content-Security-Policy" in answer.headers


@pytest.mark.django_db
def test_a_session_or_a_404_that_the_database_refuses_is_an_outage_not_an_error(
    author: User, client: Client
) -> None:
    def refuse(execute: Callable[..., Any], sql: str, *rest: Any) -> Any:
        if sql.startswith('UPDATE "django_session"') or "publication_site" in sql:
            raise _because_of(psycopg.errors.AdminShutdown())
        return execute(sql, *rest)

    author.set_password("long-enough-1")
    author.save()
    client.raise_request_exception = False
    with connection.execute_wrapper(refuse):
        answers = [
            client.post("/login", {"login": author.username, "password": "long-enough-1"}),
            client.get("/studio/posts/nothing/edit"),
            client.get("/a/b/c"),
        ]
    assert [answer.status_code for answer in answers] == [503] * 3
    assert all(answer.headers["Retry-After"] == "10" for answer in answers)


def test_the_api_tells_it_as_a_problem(author: User, client: Client, full: None) -> None:
    client.force_login(author)
    answer = client.post(
        "/api/v1/posts", {"title": "Long", "content": TEXT}, content_type="application/json"
    )
    assert answer.status_code == 507
    assert answer.json()["type"].endswith("/problems/full")
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
def test_what_postgresql_says_is_understood(cause: Exception, why: Outage | None) -> None:
    """Django raises an error of its own of the same name as the driver's kind of errors."""
    kind = next(kind for kind in type(cause).__mro__ if hasattr(db, kind.__name__))
    error = getattr(db, kind.__name__)("said")
    error.__cause__ = cause
    assert classify_outage(error) is why


def test_other_errors_are_none() -> None:
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
def test_who_uploads_to_a_disk_that_takes_nothing_is_told_and_nothing_is_half_done(
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

    def refuse(*_args: object) -> None:
        raise OSError(number, os.strerror(number))

    with monkeypatch.context() as broken:
        broken.setattr(os, "replace", refuse)
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
def small(tmp_path: Path) -> Iterator[Path]:
    """A disk of 64 MB."""
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
def test_a_full_disk_heals_by_itself(small: Path, start: Callable[..., Server]) -> None:
    data, port = small / "data", free_port()
    set_up(data)
    token = run(data, "shell", "--no-imports", "-c", SEED).stdout
    (data.parent / "server").mkdir()
    server = start(
        "broadsheet", "serve", data=data, port=port, PORT=str(port), BROADSHEET_API_PER_MINUTE="0"
    )
    with Writers(port, token, 1) as writers:
        pass
    assert fetch(port)[0] == 200
    filler = small / "filler"
    with filler.open("wb", buffering=0) as file, suppress(OSError):
        while file.write(b"x" * 4_096):
            pass
    refused = Writers(port, token, 1, threads=1)
    refused.publish("Too much")
    assert refused.written.refused == [("Too much", 507)]
    assert fetch(port)[0] == 200, "readers go on"
    filler.unlink()
    refused.publish("Enough")
    assert list(refused.written.acknowledged) == ["Enough"]
    assert "Too much" not in fetch(port)[1]
    assert writers.written.refused == []
    assert server.stop() == 0


@pytest.mark.server
@pytest.mark.slow
def test_a_child_that_is_born_while_the_disk_is_full_serves(
    prepared: Path, small: Path, start: Callable[..., Server]
) -> None:
    data, port = sites.copy(prepared, small / "data"), free_port()
    token = sites.shell(data, SEED)
    options = {"BROADSHEET_API_PER_MINUTE": "0", "BROADSHEET_METRICS_TOKEN": "a-long-enough-token"}
    server = start("broadsheet", "serve", data=data, PORT=str(port), port=port, **options)
    writer = Writers(port, token, 1, threads=1)
    writer.publish("Before")
    before = set(relatives(data))
    filler = small / "filler"
    with filler.open("wb", buffering=0) as file, suppress(OSError):
        while file.write(b"x" * 4_096):
            pass
    assert fetch(port, "/login")[0] == 200, "a route that nobody has asked for yet"
    for pid in children_that_serve(server):
        with suppress(ProcessLookupError):  # it ended by itself meanwhile
            os.kill(pid, signal.SIGKILL)
    wait_for(lambda: set(relatives(data)) - before, "another child")
    wait_for(lambda: answers(port), "its answer")
    for path in ("/", "/before", "/archive", "/search?q=before", "/login", "/rss.xml"):
        assert fetch(port, path)[0] == 200, "readers go on"
    assert fetch(port, "/readyz")[0] == 503
    writer.publish("Meanwhile")
    assert writer.written.refused == [("Meanwhile", 507)]
    filler.unlink()
    writer.publish("After")
    assert list(writer.written.acknowledged) == ["Before", "After"]
    assert server.process.poll() is None
    assert server.stop() == 0


def answers(port: int) -> bool:
    with suppress(OSError):
        return fetch(port)[0] == 200
    return False


def children_that_serve(server: Server) -> list[int]:
    """Return the processes that hold counts of the page cache: those that answer, and more."""
    files = (server.data / "run" / "pages").glob("*.*")
    return [pid for file in files if (pid := int(file.suffix[1:])) != server.process.pid]


def limit(server: Server, size: int) -> None:
    """Let no process of a server write beyond `size` bytes of any file (setrlimit(2))."""
    for pid in relatives(server.data):
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))


@pytest.mark.server
@pytest.mark.slow
def test_a_disk_that_takes_nothing_heals_by_itself(
    prepared: Path, tmp_path: Path, start: Callable[..., Server]
) -> None:
    """As where the system made it read-only after an error: files stay open, and writing fails."""
    data, port = sites.copy(prepared, tmp_path / "data"), free_port()
    token = sites.shell(data, SEED)
    server = start("broadsheet", "serve", data=data, PORT=str(port), port=port)
    writer = Writers(port, token, 1, threads=1)
    writer.publish("Before")
    limit(server, 0)
    writer.publish("Meanwhile")
    assert writer.written.refused == [("Meanwhile", 503)]
    for path in ("/", "/before", "/archive", "/search?q=before", "/login", "/rss.xml"):
        assert fetch(port, path)[0] == 200, "readers go on"
    assert fetch(port, "/readyz")[0] == 503
    limit(server, resource.RLIM_INFINITY)
    assert fetch(port, "/readyz")[0] == 200
    writer.publish("After")
    assert list(writer.written.acknowledged) == ["Before", "After"]
    assert "After" in fetch(port)[1]
    assert "Meanwhile" not in fetch(port)[1]
    upload(port, token)
    wait_for(lambda: has_variants(data), "the worker, which lived on, to do its next job")
    assert server.stop() == 0


def upload(port: int, token: str) -> None:
    """Send an image."""
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
    with urlopen(request) as answer:
        assert answer.status == 201


def has_variants(data: Path) -> bool:
    with closing(sqlite3.connect(data / "broadsheet.sqlite3", timeout=20)) as database:
        return database.execute("SELECT has_variants FROM media_image").fetchall() == [(1,)]


@pytest.mark.django_db
def test_a_site_whose_disk_became_read_only_is_not_ready_and_says_why(
    client: Client, small: Path, settings: Settings
) -> None:
    settings.METRICS_TOKEN, settings.DATA = "a-token", small
    subprocess.run(["mount", "-o", "remount,ro", str(small)], check=True)
    answer = client.get("/readyz", headers={"Authorization": "Bearer a-token"})
    assert answer.status_code == 503
    assert (
        answer.json()["checks"]["disk"]["says"] == "it cannot be written to: Read-only file system"
    )
    subprocess.run(["mount", "-o", "remount,rw", str(small)], check=True)
    assert client.get("/healthz").status_code == 200
    assert "are free" in health_checks.disk().message


@pytest.mark.slow
def test_a_server_on_a_disk_that_is_read_only_says_so(prepared: Path, small: Path) -> None:
    data = sites.copy(prepared, small / "data")
    assert run(data, "migrate").returncode == 0  # the secret key is there
    subprocess.run(["mount", "-o", "remount,ro", str(small)], check=True)
    result = run(data, "serve")
    assert result.returncode == 2
    assert result.stderr == f"broadsheet: BROADSHEET_DATA: {data} cannot be written to.\n"
