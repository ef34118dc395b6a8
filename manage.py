#!/usr/bin/env python
"""Django's command line, as `broadsheet` is when installed. Only here, `test` runs the suite."""

import sys
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).resolve().parent


def main() -> None:
    """Run the command that the arguments name."""
    if find_spec("django") is None or find_spec("environ") is None:
        python = ROOT / ".venv/bin/python"
        make = "" if python.exists() else "Run `make` first. Then: "
        words = " ".join(sys.argv[1:]) or "COMMAND"
        sys.exit(f"manage.py: this Python has no Django. {make}.venv/bin/python manage.py {words}")
    if sys.argv[1:2] == ["test"]:
        sys.exit(test(sys.argv[2:]))
    from broadsheet.__main__ import main  # noqa: PLC0415 - it needs what was looked for

    main()


def test(words: list[str]) -> int:
    """Run the tests of the apps that are named, or all; options are pytest's. Return its status."""
    if find_spec("pytest") is None:
        sys.exit("manage.py: the tests need `pip install -r requirements/dev.txt`.")
    import pytest  # noqa: PLC0415 - it is not there in production

    labels = [word for word in words if not word.startswith("-")]
    options = [word for word in words if word.startswith("-")]
    return int(pytest.main([*options, *(_tests_of(label) for label in labels)]))


def _tests_of(label: str) -> str:
    """Return the folder or file of tests that `posts`, `tests.posts` or a path stands for."""
    name = label.removeprefix("broadsheet.").removeprefix("tests.").replace(".", "/")
    paths = ROOT / "tests" / name, ROOT / "tests" / f"{name}.py", ROOT / label
    return next((str(path) for path in paths if path.exists()), label)


if __name__ == "__main__":
    main()
