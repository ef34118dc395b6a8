"""The first step of `make serve`: find a Python that works, or print what to install."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.ops.processes import ROOT

FIND = ROOT / "bin" / "find-python"


def _write_script(folder: Path, name: str, script: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(f"#!/bin/sh\n{script}\n")
    (folder / name).chmod(0o755)


def _find_python(tmp_path: Path, **more: str) -> subprocess.CompletedProcess[str]:
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


def _working_python(name: str) -> str:
    """A script that runs this Python, and reports `name` as its path."""
    return (
        f"""case "$2" in *sys.executable*) echo '{name}';; *) exec {sys.executable} "$@";; esac"""
    )


TOO_OLD = "exit 1  # as `sys.exit(not (3, 12) <= …)` does"
SHIM = 'echo "pyenv: command not found" >&2; exit 127'


def test_the_newest_python_that_works_is_used(tmp_path: Path) -> None:
    _write_script(tmp_path / "bin", "python3.14", SHIM)
    _write_script(tmp_path / "bin", "python3.13", _working_python("a 3.13"))
    _write_script(tmp_path / "bin", "python3.12", _working_python("a 3.12"))
    result = _find_python(tmp_path)
    assert (result.returncode, result.stdout, result.stderr) == (0, "a 3.13\n", "")


def test_python3_is_used_if_it_is_new_enough(tmp_path: Path) -> None:
    _write_script(tmp_path / "bin", "python3", _working_python("python3"))
    assert _find_python(tmp_path).stdout == "python3\n"


@pytest.mark.parametrize("where", ["PYENV_ROOT", "HOME"])
def test_the_newest_version_of_pyenv_is_the_fallback(tmp_path: Path, where: str) -> None:
    _write_script(tmp_path / "bin", "python3", TOO_OLD)
    root = tmp_path / ("elsewhere" if where == "PYENV_ROOT" else "home/.pyenv")
    for version in ("3.11.9", "3.12.1", "3.13.2", "3.13.10", "3.9.18"):
        _write_script(root / "versions" / version / "bin", "python3", _working_python(version))
    more = {"PYENV_ROOT": str(root)} if where == "PYENV_ROOT" else {}
    assert _find_python(tmp_path, **more).stdout == "3.13.10\n"


def test_one_line_says_what_to_install_if_there_is_no_python(tmp_path: Path) -> None:
    _write_script(tmp_path / "bin", "python3", TOO_OLD)
    result = _find_python(tmp_path)
    assert result.returncode == 1
    assert result.stdout == ""
    assert len(result.stderr.splitlines()) == 1
    assert "Broadsheet needs Python 3.12, 3.13 or 3.14" in result.stderr


def test_a_python_without_venv_is_reported(tmp_path: Path) -> None:
    script = 'case "$2" in *ensurepip*) exit 1;; *) exit 0;; esac'
    _write_script(tmp_path / "bin", "python3.13", script)
    result = _find_python(tmp_path)
    assert result.returncode == 1
    assert len(result.stderr.splitlines()) == 1
    assert "python3.13 lacks venv" in result.stderr
    assert "python3-venv" in result.stderr


def test_an_explicit_python_is_the_only_one_tried(tmp_path: Path) -> None:
    _write_script(tmp_path / "bin", "python3.13", _working_python("a 3.13"))
    _write_script(tmp_path, "mine", _working_python("mine"))
    assert _find_python(tmp_path, PYTHON=str(tmp_path / "mine")).stdout == "mine\n"
    result = _find_python(tmp_path, PYTHON="/no/python")
    assert result.returncode == 1
    assert "PYTHON=/no/python" in result.stderr


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
def test_deploy_installs_the_postgresql_client_only_for_postgresql(
    tmp_path: Path, variable: str, file: str, is_wanted: bool
) -> None:
    """There is no Python, so the script ends after printing what is to be installed."""
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
    result = subprocess.run(
        ["/bin/sh", tmp_path / "bin" / "deploy", "--dry-run"],
        env={"PATH": str(tools), "HOME": str(tmp_path), "DATABASE_URL": variable},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    [to_install, _rest] = result.stdout.splitlines()
    assert "nginx-light" in to_install or shutil.which("nginx", path="/usr/sbin")
    assert ("postgresql-client" in to_install.split()) is is_wanted
