"""`manage.py`: helpful errors, and the test command."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.ops.processes import ROOT, environment, run


def test_outside_the_virtual_environment_it_prints_the_right_command(tmp_path: Path) -> None:
    shutil.copy(ROOT / "manage.py", tmp_path)
    bare = [sys.executable, "-I", "-S", str(tmp_path / "manage.py"), "migrate"]
    process = subprocess.run(bare, capture_output=True, text=True, check=False)
    assert process.returncode == 1
    assert process.stderr.strip() == (
        "manage.py: this Python has no Django. Run `make` first. "
        "Then: .venv/bin/python manage.py migrate"
    )


@pytest.mark.slow
@pytest.mark.parametrize(
    "label", ["lib.test_ids", "broadsheet.lib.test_ids", "tests/lib/test_ids.py"]
)
def test_it_runs_the_tests_of_an_app(label: str, tmp_path: Path) -> None:
    process = subprocess.run(
        [sys.executable, "manage.py", "test", label, "--collect-only", "-q", "-n0"],
        cwd=ROOT,
        env={**os.environ, **environment(tmp_path / "data")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert process.returncode == 0, process.stdout + process.stderr
    assert "tests/lib/test_ids.py" in process.stdout
    assert "tests/posts" not in process.stdout


@pytest.mark.slow
@pytest.mark.parametrize(
    "words", [("createsuperuser", "--username=a", "--email=a@e.org"), ("reindex",), ("relate",)]
)
def test_a_database_that_is_not_set_up_is_reported_in_one_sentence(
    words: tuple[str, ...], tmp_path: Path
) -> None:
    process = run(tmp_path / "data", *words)
    assert process.returncode == 1
    assert "Run `broadsheet migrate`" in process.stderr
    assert "Traceback" not in process.stderr
