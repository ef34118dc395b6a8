"""The operator's documents are complete: every setting, every command, and nothing that is not."""

import pytest

from broadsheet.ops.management.commands.config import markdown_tables
from tests.ops.processes import ROOT
from tests.ops.test_commands import OURS

OPERATING = (ROOT / "docs" / "operating.md").read_text()


def test_every_setting_is_documented_and_every_documented_one_exists() -> None:
    """To update the tables, replace them with the output of `broadsheet config --markdown`."""
    settings = (ROOT / "docs" / "settings.md").read_text()
    assert settings.endswith(f"\n\n{markdown_tables()}")


@pytest.mark.parametrize("name", OURS)
def test_every_command_is_documented(name: str) -> None:
    assert f"`broadsheet {name}" in OPERATING
