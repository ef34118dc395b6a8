"""Names: each class name occurs once in the package, and tests use only public names."""

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

import broadsheet

ROOT = Path(broadsheet.__file__).parent
TESTS = Path(__file__).parent
#: Names that Django expects in each module.
EXPECTED_BY_DJANGO = frozenset({"Command", "Migration"})
#: Documented interfaces of Python and Django that begin with an underscore.
DOCUMENTED = frozenset(
    {"_meta", "_default_manager", "_state", "_replace", "_asdict", "_fields", "_exit", "_"}
)
#: Tests that use private names, and why.
USES_PRIVATE_NAMES: dict[str, str] = {
    "mail/test_deliver.py": "Django's token generator has no other clock",
    "ops/backup/test_restore.py": "lets a write fail, by the name of the function",
    "ops/deploy/test_installation.py": "lets a write fail, by the name of the function",
    "ops/test_disk_and_commands.py": "lets a write fail, by the name of the function",
    "ops/test_faulty_server.py": "lets a write fail, by the name of the function",
    "ops/test_every_write.py": "lists all functions that write files",
    "guarantees/staleness/cache_probe.py": "restores the contents of the page cache",
    "pagecache/test_at_once.py": "looks into the structures of the cache",
    "pagecache/test_bounds.py": "looks into the structures of the cache",
    "pagecache/test_change_tracking.py": "looks into the structures of the cache",
    "pagecache/test_compression.py": "looks into the structures of the cache",
    "pagecache/test_rate_limit.py": "looks into the structures of the cache",
    "pagecache/test_render_pool.py": "looks into the structures of the cache",
    "pagecache/test_single_flight.py": "looks into the structures of the cache",
}
#: A private name in a string: a target of monkeypatch, code for another process, or a function
#: as `tests.ops.faulty_disk` names it ("path.py name").
IN_STRING = re.compile(r"\b[a-z]\w*\._(?!_)\w+|\.py (?:\w+\.)?_(?!_)\w+")


def classes() -> dict[str, list[str]]:
    """Return the paths of the modules that define each class at their top level."""
    paths: dict[str, list[str]] = defaultdict(list)
    for path in sorted(ROOT.rglob("*.py")):
        for node in ast.parse(path.read_text()).body:
            if isinstance(node, ast.ClassDef):
                paths[node.name].append(str(path.relative_to(ROOT)))
    return paths


def is_private(name: str) -> bool:
    return name.startswith("_") and not name.startswith("__") and name not in DOCUMENTED


def defined_names(tree: ast.AST) -> Iterator[str]:
    """Yield the names of functions, classes, variables and attributes that a module defines."""
    for node in ast.walk(tree):
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                yield name
            case ast.ClassDef(name=name) | ast.Name(id=name, ctx=ast.Store()):
                yield name
            case ast.Attribute(value=ast.Name(id="self" | "cls"), attr=name, ctx=ast.Store()):
                yield name


def used_names(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Yield line and name of what a module imports, and of attributes of other objects."""
    for node in ast.walk(tree):
        match node:
            case ast.Attribute(value=ast.Name(id="self" | "cls")):
                pass
            case ast.Attribute(attr=name):
                yield node.lineno, name
            case ast.ImportFrom(names=names):
                yield from ((node.lineno, alias.name) for alias in names)
            case ast.Call(args=[_, ast.Constant(value=str(name)), *_]):  # setattr, getattr
                yield node.lineno, name
            case ast.Constant(value=str(text)):
                for match in IN_STRING.findall(text):
                    yield node.lineno, re.split(r"[. ]", match)[-1]


def test_a_class_name_occurs_once() -> None:
    duplicates = {
        name: paths
        for name, paths in classes().items()
        if len(paths) > 1 and name not in EXPECTED_BY_DJANGO
    }
    assert not duplicates


@pytest.mark.slow
def test_tests_use_no_private_names_of_the_package() -> None:
    package = {
        name
        for path in ROOT.rglob("*.py")
        for name in defined_names(ast.parse(path.read_text()))
        if is_private(name)
    }
    uses: dict[str, list[str]] = {}
    for path in sorted(TESTS.rglob("*.py")):
        tree = ast.parse(path.read_text())
        names = package - set(defined_names(tree))
        if lines := [f"{line}: {name}" for line, name in used_names(tree) if name in names]:
            uses[str(path.relative_to(TESTS))] = lines
    new = {path: lines for path, lines in uses.items() if path not in USES_PRIVATE_NAMES}
    assert new == {}, "test through public interfaces"
