"""Starting in an incomplete environment: what the server waits for, and what it reports."""

import logging
import os
import sqlite3
import stat
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from django.test import Client
from pytest_django import Settings

from broadsheet.lib import secret_keys
from broadsheet.ops import middleware
from tests.ops.processes import ROOT, Server, fetch, free_port, is_listening, run, set_up, wait_for
from tests.ops.prove.databases import Database

FILL = (
    "from django.core.files.base import ContentFile; from django.core.files.storage import"
    " default_storage; from django.core.management import call_command;"
    " default_storage.save('ab/cd/image.png', ContentFile(b'png'));"
    " call_command('collectstatic', verbosity=0); call_command('backup')"
)
SERVED = ("static", "media")


@pytest.fixture
def database() -> Iterator[Database]:
    with TemporaryDirectory(prefix="broadsheet-start-") as folder:
        database = Database(Path(folder))
        database.start()
        yield database
        if database.is_running:
            database.stop_at_once()


@pytest.mark.slow
@pytest.mark.server
def test_serve_and_worker_wait_for_postgresql_and_log_one_line(
    database: Database, tmp_path: Path, start: Callable[..., Server]
) -> None:
    data, port = tmp_path / "data", free_port()
    settings = {"DATABASE_URL": database.url, "PORT": str(port)}
    set_up(data, **settings)
    database.stop_at_once()
    logs = [tmp_path / name for name in ("serve", "worker")]
    started = []
    for log in logs:
        with log.open("w") as file:
            started.append(Server.spawn(data, ["broadsheet", log.name], file, **settings))
    try:
        for log in logs:
            wait_for(log.read_text, "the log message")
            [line] = log.read_text().splitlines()
            assert line.startswith("Waiting for the database: connection failed")
        database.start()
        wait_for(lambda: is_listening(port), "the port to be open")
        assert fetch(port)[0] == 200
        assert started[1].poll() is None, "the worker is running"
        assert logs[1].read_text().count("\n") == 1, logs[1].read_text()
    finally:
        for process in started:
            process.terminate()
            process.wait()


def test_systemd_restarts_the_units_without_a_limit() -> None:
    templates = ROOT / "broadsheet" / "ops" / "templates" / "ops" / "deploy"
    for unit in ("broadsheet.service", "broadsheet-worker.service"):
        text = (templates / unit).read_text()
        assert "StartLimitIntervalSec=0" in text.split("[Service]")[0]
        assert "Restart=always" in text
    assert "TriggerLimitIntervalSec=0" in (templates / "broadsheet.socket").read_text()


def accessible_to_others(folder: Path) -> set[str]:
    """Return the paths below `folder` to which other users have access."""
    everything = [Path(where) / name for where, a, b in os.walk(folder) for name in (*a, *b)]
    is_open = {path for path in everything if path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO)}
    return {str(path.relative_to(folder)) for path in is_open}


@pytest.mark.slow
def test_only_files_for_the_web_server_are_accessible_to_other_users(
    tmp_path: Path,
) -> None:
    data = tmp_path / "data"
    data.mkdir(mode=0o755)
    for command in (["migrate", "--verbosity=0"], ["shell", "--no-imports", "-c", FILL]):
        assert run(data, *command).returncode == 0
    [archive] = (data / "backups").glob("*.zst*")
    assert run(data, "restore", str(archive)).returncode == 0
    found = accessible_to_others(data)
    assert {path for path in found if not path.startswith((*SERVED, "restore/"))} == set()
    everything = {str(path.relative_to(data)) for top in SERVED for path in (data / top).rglob("*")}
    private = {path for path in everything - found if not Path(path).name.startswith(".")}
    assert private == set(), "the web server reads these"
    assert "media/ab/cd/image.png" in found


@pytest.mark.slow
def test_the_deployment_check_warns_about_data_that_other_users_can_read(tmp_path: Path) -> None:
    data = tmp_path / "data"
    check = ("check", "--deploy", "--fail-level=WARNING", "--tag=security")
    site = {"BROADSHEET_URL": "https://example.org"}
    data.mkdir(mode=0o700)
    secret_keys.current_key(data / "secret-key")
    (data / "broadsheet.sqlite3").touch()
    (data / "broadsheet.sqlite3").chmod(0o644)
    assert run(data, *check, **site).returncode == 0, "others cannot access the folder"
    data.chmod(0o710)
    result = run(data, *check, **site)
    assert (
        "broadsheet.W002) Other users of this machine can read broadsheet.sqlite3." in result.stderr
    )
    assert f"cd {data} && chmod -R go= broadsheet.sqlite3" in result.stderr
    data.chmod(0o755)
    result = run(data, *check, **site)
    assert (
        "broadsheet.W001) Other users of this machine can access the data folder." in result.stderr
    )
    assert f"chmod 710 {data}" in result.stderr
    assert result.returncode == 1


@pytest.mark.slow
def test_the_database_check_does_not_wait_for_a_writer(tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    with closing(sqlite3.connect(data / "broadsheet.sqlite3", isolation_level=None)) as writer:
        writer.execute("PRAGMA journal_mode=WAL")
        writer.execute("BEGIN IMMEDIATE")
        result = run(data, "check", "--database=default")
    assert result.returncode == 0, result.stderr
    assert "no issues" in result.stdout


@pytest.mark.parametrize(
    ("proxies", "headers", "hint"),
    [
        (0, {"X-Forwarded-Proto": "https"}, "BROADSHEET_PROXIES=1"),
        (1, {}, "X-Forwarded-Proto"),
        (0, {}, ""),
        (1, {"X-Forwarded-Proto": "http"}, ""),
    ],
)
def test_an_endless_redirect_is_explained_once_in_the_log(
    client: Client,
    settings: Settings,
    caplog: pytest.LogCaptureFixture,
    proxies: int,
    headers: dict[str, str],
    hint: str,
) -> None:
    settings.HTTPS = settings.SECURE_SSL_REDIRECT = True
    settings.PROXIES = proxies
    if proxies:
        settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    middleware.warn_about_redirect_loop.cache_clear()
    with caplog.at_level(logging.WARNING, logger="broadsheet.ops.middleware"):
        for _ in range(3):
            assert client.get("/", headers=headers).status_code == 301
    lines = [record.getMessage() for record in caplog.records]
    assert len(lines) == bool(hint)
    assert hint in "".join(lines)
