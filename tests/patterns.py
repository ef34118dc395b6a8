"""Every regular expression of the package, and texts that could be slow for it."""

import ast
import importlib
import random
import re
import types
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from re import _constants, _parser  # how Python reads a pattern
from typing import Any

import broadsheet

ROOT = Path(broadsheet.__file__).parent
_CALLS = frozenset(
    "compile search match fullmatch split findall finditer sub subn RegexValidator".split()
)
WALKS, BEGINNINGS, STRETCHES, MIXED = 300, 500, 200, 100  # texts for each pattern
MAX_REPEATS = 12  # times that a part is repeated
P_LOWEST, P_ONE = 0.8, 0.5  # probabilities of the lowest number of repeats, and otherwise of one
_ANCHORED = frozenset(("match", "fullmatch"))


@dataclass(frozen=True)
class Expression:
    """A regular expression, its location, and whether it only matches from the start."""

    location: str
    pattern: re.Pattern[str]
    is_anchored: bool

    def run(self, text: str) -> None:
        """Apply it to `text` in the ways that the package uses."""
        self.pattern.fullmatch(text)
        self.pattern.match(text)
        if not self.is_anchored:
            for _ in self.pattern.finditer(text):
                pass

    @cached_property
    def units(self) -> list[tuple[str, str]]:
        """Pairs of a beginning and a unit to repeat after it."""
        return _units(self.pattern)


def expressions() -> list[Expression]:
    """Return every expression in a variable of a module or in a call of `re`."""
    return [one for path in sorted(ROOT.rglob("*.py")) for one in _of_module(path)]


def stretched(beginning: str, unit: str, length: int) -> str:
    """Return a text of about `length` characters that repeats `unit` and ends without a match."""
    return f"{beginning}{unit * (length // len(unit) + 1)}\x00"


def _of_module(path: Path) -> Iterator[Expression]:
    tree = ast.parse(path.read_text())
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and _is_pattern(node)]
    if not calls:
        return
    name = ".".join(["broadsheet", *path.relative_to(ROOT).with_suffix("").parts])
    module = importlib.import_module(name.removesuffix(".__init__"))
    names = {id(each): key for key, value in vars(module).items() for each in _within(value)}
    seen: set[str] = set()
    for pattern in (p for value in list(vars(module).values()) for p in _within(value)):
        methods = _methods(tree, names[id(pattern)])
        seen.add(pattern.pattern)
        is_anchored = bool(methods) and methods <= _ANCHORED
        yield Expression(f"{path.name} {pattern.pattern}", pattern, is_anchored)
    for call in calls:
        text = _evaluate(call.args[0], module)
        if isinstance(text, str) and text not in seen:
            flags = _evaluate(call.args[-1], module) if len(call.args) > 1 else 0
            flags = flags if isinstance(flags, re.RegexFlag) else 0
            method = call.func.attr if isinstance(call.func, ast.Attribute) else ""
            yield Expression(
                f"{path.name}:{call.lineno} {text}", re.compile(text, flags), method in _ANCHORED
            )


def _is_pattern(call: ast.Call) -> bool:
    function = call.func
    if isinstance(function, ast.Name):
        return function.id == "RegexValidator" and bool(call.args)
    if not isinstance(function, ast.Attribute) or function.attr not in _CALLS:
        return False
    return isinstance(function.value, ast.Name) and function.value.id == "re" and bool(call.args)


def _within(value: Any, depth: int = 0) -> Iterator[re.Pattern[str]]:
    """Yield the compiled expressions in a value of a module."""
    if isinstance(value, re.Pattern):
        if isinstance(value.pattern, str):
            yield value
    elif depth < 4:
        if isinstance(value, dict):
            parts: Any = value.values()
        elif isinstance(value, (tuple, list, frozenset, set)):
            parts = value
        else:
            slots = getattr(type(value), "__slots__", ())
            is_ours = type(value).__module__.startswith("broadsheet") and isinstance(slots, tuple)
            parts = [getattr(value, slot, None) for slot in slots] if is_ours else ()
        for part in parts:
            yield from _within(part, depth + 1)


def _methods(tree: ast.AST, name: str) -> set[str]:
    """Return the methods that a module calls on the global `name`; empty if it is passed on."""
    methods = {
        node.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id == name
    }
    uses = [n for n in ast.walk(tree) if isinstance(n, ast.Name) and n.id == name]
    calls = [
        n
        for n in ast.walk(tree)
        if isinstance(n, ast.Attribute) and isinstance(n.value, ast.Name) and n.value.id == name
    ]
    return methods if len(uses) == len(calls) + 1 else set()


def _evaluate(node: ast.expr, module: types.ModuleType) -> Any:
    """Return the value of an expression in its module; an unknown part becomes a character."""
    if isinstance(node, ast.JoinedStr):
        return "".join(str(_evaluate(part, module)) for part in node.values)
    if isinstance(node, ast.FormattedValue):
        value = _evaluate(node.value, module)
        checksum = zlib.crc32(ast.unparse(node.value).encode())
        return value if isinstance(value, str) else chr(0xE000 + checksum % 6_000)
    try:
        return eval(compile(ast.Expression(node), "pattern", "eval"), dict(vars(module)))
    except (NameError, AttributeError):
        return None


def _units(pattern: re.Pattern[str]) -> list[tuple[str, str]]:
    parsed = _parser.parse(pattern.pattern, pattern.flags & ~re.DEBUG)
    rng = random.Random(repr(pattern.pattern))
    literals = sorted(set(_literals(parsed)))
    characters = sorted({*"".join(literals), "a", " ", "1", "\n"})
    walker = _Walker(characters, rng)
    beginnings: set[tuple[str, str]] = set()
    stretches: set[tuple[str, str]] = set()
    for _ in range(WALKS):
        text, cuts = walker.walk(parsed)
        for _ in range(4):
            start, end = sorted(rng.choices(cuts, k=2))
            stretches |= {(text[:start], text[start:end]), ("", text[start:end])}
        beginnings |= {("", text[:cut]) for cut in cuts}
    units = {("", text + character) for text in literals for character in characters[:20]}
    units |= {("", character) for character in characters}
    units |= set(sorted(beginnings, key=lambda unit: (len(unit[1]), unit))[:BEGINNINGS])
    units |= set(rng.sample(sorted(stretches), min(len(stretches), STRETCHES)))
    pieces = [*literals, *characters]
    for _ in range(MIXED):
        units.add(("", "".join(rng.choices(pieces, k=rng.randint(2, 5)))))
    return sorted(unit for unit in units if unit[1])


def _literals(parsed: Any) -> Iterator[str]:
    """Yield the literal texts of a pattern, and the characters of its classes."""
    run = ""
    for op, value in parsed:
        if op is _constants.LITERAL:
            run += chr(value)
            continue
        if run:
            yield run
        run = ""
        if op is _constants.IN:
            yield from (chr(code) for kind, code in value if kind is _constants.LITERAL)
        elif op is _constants.NOT_LITERAL:
            yield chr(value)
        else:
            for child in _children(value):
                yield from _literals(child)
    if run:
        yield run


def _children(value: Any) -> Iterator[Any]:
    if isinstance(value, _parser.SubPattern):
        yield value
    elif isinstance(value, (tuple, list)):
        for part in value:
            yield from _children(part)


class _Walker:
    """Generates matching texts with few repeats, from the characters of the pattern."""

    def __init__(self, characters: list[str], rng: random.Random) -> None:
        self._characters = characters
        self._rng = rng
        self._matching: dict[str, list[str]] = {}

    def walk(self, parsed: Any) -> tuple[str, list[int]]:
        """Return a text, and the positions in it where a part of the pattern begins or ends."""
        cuts = {0: None}
        return self._walk(parsed, "", cuts), list(cuts)

    def _walk(self, parsed: Any, text: str, cuts: dict[int, None]) -> str:
        for op, value in parsed:
            name = str(op)
            if op is _constants.LITERAL:
                text += chr(value)
            elif op in {_constants.IN, _constants.NOT_LITERAL, _constants.ANY}:
                text += self._sample(op, value)
            elif op is _constants.BRANCH:
                text = self._walk(self._rng.choice(value[1]), text, cuts)
            elif "REPEAT" in name:
                least, most = int(value[0]), int(min(value[1], max(value[0], 1) + 1))
                times = max(least, 1) if self._rng.random() < P_ONE else most
                times = least if self._rng.random() < P_LOWEST else times
                for _ in range(min(times, MAX_REPEATS)):
                    text = self._walk(value[2], text, cuts)
            elif op is _constants.SUBPATTERN:
                text = self._walk(value[-1], text, cuts)
            elif name == "ATOMIC_GROUP":
                text = self._walk(value, text, cuts)
            cuts[len(text)] = None
        return text

    def _sample(self, op: Any, value: Any) -> str:
        """Return a character that a class matches, preferably one that occurs in the pattern."""
        pattern = _class_pattern(op, value)
        if pattern not in self._matching:
            matches = re.compile(pattern, re.DOTALL).fullmatch
            matching = [character for character in self._characters if matches(character)]
            others = (chr(code) for code in range(0x110000) if matches(chr(code)))
            self._matching[pattern] = matching or [next(others)]
        return self._rng.choice(self._matching[pattern])


def _class_pattern(op: Any, value: Any) -> str:
    """Return the pattern of a character class."""
    if op is _constants.ANY:
        return "."
    if op is _constants.NOT_LITERAL:
        return f"[^{re.escape(chr(value))}]"
    pattern = ""
    for kind, what in value:
        if kind is _constants.NEGATE:
            pattern = "^"
        elif kind is _constants.LITERAL:
            pattern += re.escape(chr(what))
        elif kind is _constants.RANGE:
            pattern += f"{re.escape(chr(what[0]))}-{re.escape(chr(what[1]))}"
        elif kind is _constants.CATEGORY:
            pattern += _CATEGORIES[str(what)]
    return f"[{pattern}]"


_CATEGORIES = {
    "CATEGORY_DIGIT": r"\d", "CATEGORY_NOT_DIGIT": r"\D", "CATEGORY_SPACE": r"\s",
    "CATEGORY_NOT_SPACE": r"\S", "CATEGORY_WORD": r"\w", "CATEGORY_NOT_WORD": r"\W",
}  # fmt: skip
