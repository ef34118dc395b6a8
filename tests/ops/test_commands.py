"""The command line: kind to those who do not know it, and the same from a checkout."""

import subprocess
import sys
from pathlib import Path

import pytest
from django.core.management import get_commands, load_command_class

from broadsheet.__main__ import HELP
from tests.ops.processes import ROOT, environment, run

OURS = sorted(name for name, room in get_commands().items() if room.startswith("broadsheet."))


@pytest.mark.parametrize("arguments", [[], ["help"], ["--help"]])
def test_without_a_command_it_says_what_there_is(tmp_path: Path, arguments: list[str]) -> None:
    answer = run(tmp_path / "data", *arguments)
    assert answer.returncode == 0
    assert answer.stdout == HELP
    assert not (tmp_path / "data").exists(), "asking for help changes nothing"


@pytest.mark.parametrize("name", OURS)
def test_every_command_of_ours_is_in_the_overview_and_explains_itself(name: str) -> None:
    assert f"broadsheet {name}" in HELP
    assert load_command_class(get_commands()[name], name).help


def test_a_misspelt_command_is_put_right(tmp_path: Path) -> None:
    answer = run(tmp_path / "data", "migrat")
    assert answer.returncode == 1
    assert "Did you mean migrate?" in answer.stderr
    assert "Type 'broadsheet help' for usage." in answer.stderr


def test_manage_py_is_the_same_command(tmp_path: Path) -> None:
    answers = [
        subprocess.run(
            [sys.executable, *start, "serve", "--help"],
            cwd=ROOT,
            env=environment(tmp_path / "data"),
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for start in (["manage.py"], ["-m", "broadsheet"])
    ]
    assert answers[0] == answers[1]
    assert "usage: broadsheet serve" in answers[0]


def test_the_worker_asks_for_a_database_that_is_set_up(tmp_path: Path) -> None:
    answer = run(tmp_path / "data", "worker")
    assert answer.returncode == 1
    assert answer.stderr == (
        "CommandError: The database is not set up. Run `broadsheet migrate`.\n"
    )
