"""The documentation covers every setting and every command, and nothing else."""

import pytest

from broadsheet.ops.management.commands.config import markdown_tables
from tests.ops.processes import ROOT
from tests.ops.test_commands import COMMANDS

OPERATING = (ROOT / "docs" / "operating.md").read_text()


def test_the_documented_settings_are_those_that_exist() -> None:
    """To update the tables, replace them with the output of `broadsheet config --markdown`."""
    settings = (ROOT / "docs" / "settings.md").read_text()
    assert settings.endswith(f"\n\n{markdown_tables()}")


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_is_documented(name: str) -> None:
    assert f"`broadsheet {name}" in OPERATING
