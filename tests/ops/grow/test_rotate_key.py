"""A new secret key; what was signed with the old one stays valid."""

import datetime as dt
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from broadsheet.lib import secret_keys
from tests.ops.processes import ROOT, environment, run, set_up

NOW = dt.datetime(2026, 11, 21, tzinfo=dt.UTC)
MONTH = dt.timedelta(days=30)

SIGN = """
import django; django.setup()
from django.contrib.auth.tokens import default_token_generator as links
from django.contrib.sessions.backends.db import SessionStore
from django.core.signing import Signer
from django.test import Client
from broadsheet.accounts.models import Role, User
user = User.objects.create(username="olivia", email="o@example.org", role=Role.OWNER)
client = Client()
client.force_login(user)
cursor = Signer(salt="api.cursor").sign("x")
print(client.cookies["sessionid"].value, cursor, links.make_token(user))
"""
READ = """
import sys
import django; django.setup()
from django.contrib.auth.tokens import default_token_generator as links
from django.core.signing import Signer
from django.test import Client
from broadsheet.accounts.models import User
session, cursor, link = sys.argv[1:]
client = Client()
client.cookies["sessionid"] = session
print(client.get("/profile", headers={"host": "localhost"}).status_code)
print(links.check_token(User.objects.get(), link))
print(Signer(salt="api.cursor").unsign(cursor))
"""


def python(data: Path, code: str, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code, *arguments],
        env=environment(data, DJANGO_SETTINGS_MODULE="broadsheet.settings", **more),
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.prove
def test_signatures_stay_valid_after_a_rotation_but_not_after_the_key_is_deleted(
    tmp_path: Path,
) -> None:
    data = tmp_path / "data"
    set_up(data)
    signed = python(data, SIGN).stdout.split()
    before = secret_keys.current_key(data / "secret-key")
    for _ in range(2):
        result = run(data, "rotate-key")
        assert result.returncode == 0, result.stderr
        assert "Restart the site" in result.stdout
    assert secret_keys.current_key(data / "secret-key") != before
    assert stat.S_IMODE((data / "secret-key").stat().st_mode) == 0o600
    assert not list(data.glob(".secret-key*"))
    assert python(data, READ, *signed).stdout.split() == ["200", "True", "x"]
    (data / "secret-key").unlink()
    assert run(data, "migrate").returncode == 0  # creates a new key
    assert python(data, READ, *signed).stdout.split() == ["302", "False"]


@pytest.mark.slow
def test_a_key_from_the_settings_is_rotated_there(tmp_path: Path) -> None:
    data, key = tmp_path / "data", tmp_path / "key"
    key.write_text("the-old-one")
    set_up(data)
    signed = python(data, SIGN, SECRET_KEY_FILE=str(key)).stdout.split()
    result = run(data, "rotate-key", SECRET_KEY_FILE=str(key))
    assert result.returncode == 1
    assert "the old key to SECRET_KEY_FALLBACKS" in result.stderr
    fallbacks = tmp_path / "fallbacks"
    fallbacks.write_text("an-older-one,the-old-one")
    variables = {"SECRET_KEY": "the-new-one", "SECRET_KEY_FALLBACKS_FILE": str(fallbacks)}
    assert python(data, READ, *signed, **variables).stdout.split() == ["200", "True", "x"]
    config = run(data, "config", **variables).stdout
    assert "the-old-one" not in config
    assert "the-new-one" not in config


def test_old_keys_are_dropped_once_all_sessions_signed_with_them_have_expired(
    tmp_path: Path,
) -> None:
    path = tmp_path / "secret-key"
    first = secret_keys.current_key(path)
    secret_keys.rotate(path, at=NOW, since=NOW - MONTH)
    second = secret_keys.current_key(path)
    assert secret_keys.fallback_keys(path, since=NOW - MONTH) == [first]
    assert secret_keys.fallback_keys(path, since=NOW) == []
    later = NOW + MONTH
    secret_keys.rotate(path, at=later, since=later - MONTH)
    assert secret_keys.fallback_keys(path, since=later - MONTH) == [second]
    assert first not in path.read_text()


def test_a_folder_that_cannot_be_written_leaves_the_key_unchanged(tmp_path: Path) -> None:
    path = tmp_path / "secret-key"
    key = secret_keys.current_key(path)
    path.with_name(".secret-key-x").mkdir()
    assert secret_keys.current_key(path) == key
    assert secret_keys.fallback_keys(tmp_path / "none", since=NOW) == []
