"""`make serve`'s first step: a Python that really runs, or one line that says what to install."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.ops.processes import ROOT

FIND = ROOT / "bin" / "find-python"


def _command(folder: Path, name: str, script: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(f"#!/bin/sh\n{script}\n")
    (folder / name).chmod(0o755)


def _find(tmp_path: Path, **more: str) -> subprocess.CompletedProcess[str]:
    tools = tmp_path / "tools"
    tools.mkdir(exist_ok=True)
    for name in ("ls", "sed", "sort"):
        found = shutil.which(name)
        assert found
        (tools / name).unlink(missing_ok=True)
        (tools / name).symlink_to(found)
    path = f"{tmp_path / 'bin'}:{tools}"
    return subprocess.run(
        ["/bin/sh", FIND],
        env={"PATH": path, "HOME": str(tmp_path / "home")} | more,
        capture_output=True,
        text=True,
        check=False,
    )


def _real(name: str) -> str:
    """A script that is this Python, and says it is `name`."""
    return (
        f"""case "$2" in *sys.executable*) echo '{name}';; *) exec {sys.executable} "$@";; esac"""
    )


OLD = "exit 1  # as `sys.exit(not (3, 12) <= …)` does"
SHIM = 'echo "pyenv: command not found" >&2; exit 127'


def test_the_newest_that_really_runs_is_chosen(tmp_path: Path) -> None:
    _command(tmp_path / "bin", "python3.14", SHIM)
    _command(tmp_path / "bin", "python3.13", _real("a 3.13"))
    _command(tmp_path / "bin", "python3.12", _real("a 3.12"))
    answer = _find(tmp_path)
    assert (answer.returncode, answer.stdout, answer.stderr) == (0, "a 3.13\n", "")


def test_python3_is_taken_where_it_is_new_enough(tmp_path: Path) -> None:
    _command(tmp_path / "bin", "python3", _real("python3"))
    assert _find(tmp_path).stdout == "python3\n"


@pytest.mark.parametrize("where", ["PYENV_ROOT", "HOME"])
def test_the_newest_of_pyenvs_versions_comes_last(tmp_path: Path, where: str) -> None:
    _command(tmp_path / "bin", "python3", OLD)
    root = tmp_path / ("elsewhere" if where == "PYENV_ROOT" else "home/.pyenv")
    for version in ("3.11.9", "3.12.1", "3.13.2", "3.13.10", "3.9.18"):
        _command(root / "versions" / version / "bin", "python3", _real(version))
    more = {"PYENV_ROOT": str(root)} if where == "PYENV_ROOT" else {}
    assert _find(tmp_path, **more).stdout == "3.13.10\n"


def test_without_any_one_line_says_what_to_install(tmp_path: Path) -> None:
    _command(tmp_path / "bin", "python3", OLD)
    answer = _find(tmp_path)
    assert answer.returncode == 1
    assert answer.stdout == ""
    assert len(answer.stderr.splitlines()) == 1
    assert "Broadsheet needs Python 3.12, 3.13 or 3.14" in answer.stderr


def test_a_python_without_its_parts_is_named(tmp_path: Path) -> None:
    script = 'case "$2" in *ensurepip*) exit 1;; *) exit 0;; esac'
    _command(tmp_path / "bin", "python3.13", script)
    answer = _find(tmp_path)
    assert answer.returncode == 1
    assert len(answer.stderr.splitlines()) == 1
    assert "python3.13 lacks venv" in answer.stderr
    assert "python3-venv" in answer.stderr


def test_a_python_that_was_named_is_the_only_one_tried(tmp_path: Path) -> None:
    _command(tmp_path / "bin", "python3.13", _real("a 3.13"))
    _command(tmp_path, "mine", _real("mine"))
    assert _find(tmp_path, PYTHON=str(tmp_path / "mine")).stdout == "mine\n"
    answer = _find(tmp_path, PYTHON="/no/python")
    assert answer.returncode == 1
    assert "PYTHON=/no/python" in answer.stderr


@pytest.mark.parametrize(
    ("variable", "file", "is_wanted"),
    [
        ("", "", False),
        ("sqlite:////srv/site.sqlite3", "", False),
        ("postgresql://me@localhost/site", "", True),
        ("postgres://me@localhost/site", "", True),
        ("", 'DATABASE_URL="postgresql://me@localhost/site"', True),
        ("", "# DATABASE_URL=postgresql://me@localhost/site", False),
    ],
)
def test_deploy_installs_what_backups_of_postgresql_need_and_only_then(
    tmp_path: Path, variable: str, file: str, is_wanted: bool
) -> None:
    """On a machine without any Python, so that it ends with what is to be installed."""
    tools = tmp_path / "tools"
    tools.mkdir()
    for name in ("ls", "sed", "sort", "dirname", "cat", "grep"):
        program = shutil.which(name)
        assert program
        (tools / name).symlink_to(program)
    (tmp_path / "bin").mkdir()
    for name in ("deploy", "find-python"):
        shutil.copy(ROOT / "bin" / name, tmp_path / "bin")
    (tmp_path / ".env").write_text(file)
    answer = subprocess.run(
        ["/bin/sh", tmp_path / "bin" / "deploy", "--dry-run"],
        env={"PATH": str(tools), "HOME": str(tmp_path), "DATABASE_URL": variable},
        capture_output=True,
        text=True,
        check=False,
    )
    assert answer.returncode == 0, answer.stderr
    [to_install, _rest] = answer.stdout.splitlines()
    assert "nginx-light" in to_install or shutil.which("nginx", path="/usr/sbin")
    assert ("postgresql-client" in to_install.split()) is is_wanted
