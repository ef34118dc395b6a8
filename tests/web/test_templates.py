"""Templates are formatted so that people can edit them."""

from pathlib import Path

import broadsheet

PACKAGE = Path(broadsheet.__file__).parent
MAX_LINE = 120  # characters


def test_no_line_of_a_template_is_too_long() -> None:
    templates = [path for path in PACKAGE.rglob("*.html") if "templates" in path.parts]
    assert len(templates) > 50
    long_lines = [
        f"{path.relative_to(PACKAGE)}:{number}"
        for path in templates
        for number, line in enumerate(path.read_text().splitlines(), start=1)
        if len(line) > MAX_LINE
    ]
    assert long_lines == []


def test_no_template_has_tabs_or_trailing_spaces() -> None:
    for path in PACKAGE.rglob("templates/**/*.html"):
        for line in path.read_text().splitlines():
            assert "\t" not in line, path
            assert line == line.rstrip(), path
