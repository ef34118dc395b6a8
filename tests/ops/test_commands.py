"""The command line: helpful to new users, and the same from a checkout."""

import subprocess
import sys
from pathlib import Path

import pytest
from django.core.management import get_commands, load_command_class

from broadsheet.__main__ import HELP
from tests.ops.processes import ROOT, environment, run

COMMANDS = sorted(name for name, app in get_commands().items() if app.startswith("broadsheet."))


@pytest.mark.parametrize("arguments", [[], ["help"], ["--help"]])
def test_the_overview_is_printed_without_a_command(tmp_path: Path, arguments: list[str]) -> None:
    result = run(tmp_path / "data", *arguments)
    assert result.returncode == 0
    assert result.stdout == HELP
    assert not (tmp_path / "data").exists(), "asking for help changes nothing"


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_is_in_the_overview_and_has_a_help_text(name: str) -> None:
    assert f"broadsheet {name}" in HELP
    assert load_command_class(get_commands()[name], name).help


@pytest.mark.slow
def test_a_suggestion_is_made_for_a_misspelt_command(tmp_path: Path) -> None:
    result = run(tmp_path / "data", "migrat")
    assert result.returncode == 1
    assert "Did you mean migrate?" in result.stderr
    assert "Type 'broadsheet help' for usage." in result.stderr


@pytest.mark.slow
def test_manage_py_runs_the_same_command(tmp_path: Path) -> None:
    outputs = [
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
    assert outputs[0] == outputs[1]
    assert "usage: broadsheet serve" in outputs[0]


@pytest.mark.slow
def test_the_worker_requires_a_migrated_database(tmp_path: Path) -> None:
    result = run(tmp_path / "data", "worker")
    assert result.returncode == 1
    assert result.stderr == (
        "CommandError: The database is not set up. Run `broadsheet migrate`.\n"
    )
