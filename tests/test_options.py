"""The options of the tests, and how CI runs them."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.ops.processes import ROOT

pytestmark = pytest.mark.slow

FLAKY = """
from pathlib import Path

def test_that_passes():
    pass

def test_that_fails_once():
    marker = Path(__file__).with_name("marker")
    is_first = not marker.exists()
    marker.touch()
    assert not is_first
"""
BROKEN = "\ndef test_that_fails():\n    assert False\n"


def run(*command: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run a command with an environment as outside of pytest and pytest-xdist."""
    environ = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    return subprocess.run(
        command, cwd=ROOT, env=environ | variables, capture_output=True, text=True, check=False
    )


def collected(*options: str) -> set[str]:
    """Return the tests that pytest selects from a few modules that have slow ones."""
    paths = ("tests/ops/prove/test_kills.py", "tests/ops/backup/test_lost_disk.py")
    return {test.rpartition("::")[2] for test in ordered(*options, *paths)}


def ordered(*arguments: str) -> list[str]:
    """Return the ids of the tests that pytest selects, in their order."""
    command = (sys.executable, "-m", "pytest", "-n", "0", "--collect-only", "-q")
    process = run(*command, *arguments)
    assert process.returncode in {0, 5}, process.stdout + process.stderr  # 5: no test is selected
    return [line for line in process.stdout.splitlines() if "::" in line]


def run_as_ci(folder: Path, text: str) -> tuple[subprocess.CompletedProcess[str], str]:
    """Run one module of tests as CI does; return the process and the list of flaky tests."""
    (folder / "pytest.ini").write_text("[pytest]")
    (folder / "test_sample.py").write_text(text)
    flaky = folder / "flaky"
    flaky.touch()
    options = ("-c", str(folder / "pytest.ini"), "-n", "2", "--dist", "worksteal")
    process = run(".ci/test", *options, str(folder), FLAKY_TESTS=str(flaky))
    return process, flaky.read_text()


def test_options_select_tests() -> None:
    lost_disk = "test_a_lost_disk_loses_less_than_a_second_of_writes"
    quick, slow, everything = collected(), collected("--slow"), collected("--slow", "--prove")
    assert quick == set()
    assert f"{lost_disk}[folder]" in slow
    assert len(slow) > 1, "the folder ops/prove is not the marker"
    assert everything == slow | {f"{lost_disk}[s3]"}


@pytest.mark.prove
def test_random_order_is_the_same_for_the_same_seed() -> None:
    folder = "tests/lib"
    plain, first, again, other = (
        ordered(folder, *options)
        for options in ((), *(("--random-order", seed) for seed in ("1", "1", "2")))
    )
    assert first == again
    assert len({tuple(plain), tuple(first), tuple(other)}) == 3
    assert sorted(plain) == sorted(first) == sorted(other)


def test_a_failed_test_that_passes_by_itself_is_flaky(tmp_path: Path) -> None:
    process, flaky = run_as_ci(tmp_path, FLAKY)
    assert process.returncode == 0, process.stdout
    assert "1 failed, 1 passed" in process.stdout
    assert flaky.endswith("test_sample.py::test_that_fails_once\n")


def test_a_test_that_fails_twice_fails_the_run(tmp_path: Path) -> None:
    process, flaky = run_as_ci(tmp_path, FLAKY + BROKEN)
    assert process.returncode == 1
    assert "2 failed, 1 passed" in process.stdout
    assert flaky == ""
