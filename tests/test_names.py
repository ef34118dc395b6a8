"""Names of classes: each occurs once in the package, so that a search finds one definition."""

import ast
from collections import defaultdict
from pathlib import Path

import broadsheet

ROOT = Path(broadsheet.__file__).parent
#: Names that Django expects in each module.
EXPECTED_BY_DJANGO = frozenset({"Command", "Migration"})


def classes() -> dict[str, list[str]]:
    """Return the paths of the modules that define each class at their top level."""
    paths: dict[str, list[str]] = defaultdict(list)
    for path in sorted(ROOT.rglob("*.py")):
        for node in ast.parse(path.read_text()).body:
            if isinstance(node, ast.ClassDef):
                paths[node.name].append(str(path.relative_to(ROOT)))
    return paths


def test_a_class_name_occurs_once() -> None:
    duplicates = {
        name: paths
        for name, paths in classes().items()
        if len(paths) > 1 and name not in EXPECTED_BY_DJANGO
    }
    assert not duplicates
