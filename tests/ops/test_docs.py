"""The operator's documents are complete: every setting, every command, and nothing that is not."""

import re

import pytest

from broadsheet.settings import ENV
from tests.ops.processes import ROOT
from tests.ops.test_commands import OURS

ROW = re.compile(
    r"^\| `(?P<name>[A-Z_0-9]+)` \|(?P<default>[^|]*)\|(?P<example>[^|]*)\|.+\|$", re.MULTILINE
)
SETTINGS = (ROOT / "docs" / "settings.md").read_text()
ROWS = list(ROW.finditer(SETTINGS))
OPERATING = (ROOT / "docs" / "operating.md").read_text()


def test_every_setting_is_documented_and_every_documented_one_exists() -> None:
    documented = [row["name"] for row in ROWS]
    assert sorted(documented) == sorted(setting.name for setting in ENV)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["name"])
def test_the_documented_example_is_that_of_the_code(row: re.Match[str]) -> None:
    assert row["example"].strip() == f"`{ENV[row['name']].example}`"


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["name"])
def test_the_documented_default_is_that_of_the_code(row: re.Match[str]) -> None:
    documented = row["default"].strip()
    if re.fullmatch(r"`[\w.]+`", documented):  # others are made from other settings
        assert documented == f"`{ENV[row['name']].default}`"


@pytest.mark.parametrize("name", OURS)
def test_every_command_is_documented(name: str) -> None:
    assert f"`broadsheet {name}" in OPERATING
