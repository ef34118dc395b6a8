"""Settings from the environment: declarations, their values, and the error of a wrong one."""

import difflib
import io
import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import environ
from environ.fileaware_mapping import FileAwareMapping

#: Prefix of Broadsheet's own settings. A name in the `.env` file that is as similar as `_SIMILAR`
#: to another setting, such as EMAIL_URL, is a typo. The file may hold other programs' variables.
_PREFIX = "BROADSHEET_"
_SIMILAR = 0.85
#: Variables that are no settings: this module and the tests read them.
_NO_SETTINGS = frozenset({"BROADSHEET_ENV", "BROADSHEET_TEST_DATABASE_URL"})
#: Settings of earlier versions, and their replacements.
_REMOVED = {
    "BROADSHEET_FRONT_FILES": "nginx caches pages itself. Remove the setting, and write nginx's "
    "configuration again with `broadsheet deploy` or `broadsheet nginx`.",
    "BROADSHEET_UNPROVEN_SECONDS": "Use its new name BROADSHEET_STALE_IF_ERROR_SECONDS.",
}
_LINE = re.compile(r"\s*(#.*)?|(export )?[A-Za-z_0-9]+=.*")


class StartupError(Exception):
    """The process cannot start. The message names the setting or reason, and a solution."""


@dataclass(frozen=True, slots=True)
class Setting[T]:
    """A declared setting.

    `parse` raises ValueError with the problem of a value. A `default` that depends on other
    settings is a function of their values. A setting that `is_exported` is read from the
    environment by other libraries.
    """

    name: str
    parse: Callable[[str], T]
    default: "str | Callable[[Env], str]"
    example: str
    help: str
    is_secret: bool = False
    is_exported: bool = False


@dataclass(frozen=True, slots=True)
class SettingValue:
    """The value of a setting, as text and parsed, and its source."""

    setting: Setting[Any]
    text: str
    value: Any
    source: str

    @property
    def is_set(self) -> bool:
        """Whether the value is not the default."""
        return self.source != "default"


class Env:
    """The values of the declared settings. The variable NAME_FILE names a file with the value."""

    def __init__(
        self,
        settings: Iterable[Setting[Any]],
        variables: Mapping[str, str],
        dotenv: Mapping[str, str],
    ) -> None:
        """Parse all settings; `variables` take precedence over `dotenv`. Raises StartupError."""
        self.variables = {**dotenv, **variables}
        self._dotenv = dotenv.keys() - variables.keys()
        self._files = FileAwareMapping(env=self.variables)
        self._values: dict[str, SettingValue] = {}
        for setting in settings:
            self._values[setting.name] = self._read(setting)
        self._check_names()

    def __iter__(self) -> Iterator[SettingValue]:
        return iter(self._values.values())

    def __getitem__[T](self, setting: Setting[T]) -> T:
        value: T = self._values[setting.name].value
        return value

    def is_set(self, setting: Setting[Any]) -> bool:
        """Return whether the setting has another value than its default."""
        return self._values[setting.name].is_set

    def explicit(self) -> Iterator[tuple[str, str]]:
        """Yield the names and texts of the variables that are set: NAME, or NAME_FILE."""
        for name, value in self._values.items():
            if value.is_set:
                variable = value.source if value.source == f"{name}_FILE" else name
                yield variable, self.variables[variable]

    def export(self) -> None:
        """Put the `.env` file, and settings that libraries read, into the process's environment."""
        for name in self._dotenv:
            os.environ[name] = self.variables[name]
        for name, value in self._values.items():
            if value.setting.is_exported and value.text:
                os.environ[name] = value.text

    def _read(self, setting: Setting[Any]) -> SettingValue:
        name = setting.name
        try:
            text = self._files.get(name, "").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise StartupError(f"{name}_FILE: the file cannot be read: {error}.") from error
        source = self._source(name) if text else "default"
        default = setting.default if isinstance(setting.default, str) else setting.default(self)
        try:
            return SettingValue(setting, text, setting.parse(text or default), source)
        except ValueError as error:
            quoted = "its value" if setting.is_secret else repr(text)
            raise StartupError(
                f"{name}: {quoted} {error}. For example: {name}={setting.example}"
            ) from error

    def _source(self, name: str) -> str:
        if self.variables.get(f"{name}_FILE"):
            return f"{name}_FILE"
        return ".env" if name in self._dotenv else "environment"

    def _check_names(self) -> None:
        """Raise StartupError for a name that is no setting: it would have no effect."""
        for name in sorted(self.variables.keys() & _REMOVED.keys()):
            raise StartupError(f"{name}: no longer a setting. {_REMOVED[name]}")
        valid_names = {*self._values, *(f"{name}_FILE" for name in self._values)}
        for name in sorted(self.variables.keys() - valid_names - _NO_SETTINGS):
            is_own = name.upper().startswith(_PREFIX)
            if not is_own and name not in self._dotenv:
                continue
            bare = name.upper().removeprefix(_PREFIX)
            similar = difflib.get_close_matches(
                name.upper(), valid_names, 1, 0 if is_own else _SIMILAR
            )
            nearest = [bare] if bare in valid_names else similar
            if nearest:
                raise StartupError(
                    f"{name}: unknown setting. Did you mean {nearest[0]}? For example: "
                    f"{nearest[0]}={self._example(nearest[0])}"
                )

    def _example(self, name: str) -> str:
        if name in self._values:
            return self._values[name].setting.example
        return "/run/secrets/" + name.removesuffix("_FILE").lower().replace("_", "-")


class _DotenvFile(environ.Env):  # type: ignore[misc] # untyped
    """django-environ's parser of `.env` files, which writes to a dictionary here."""

    ENVIRON: ClassVar[dict[str, str]] = {}


def read_dotenv() -> dict[str, str]:
    """Return the variables in the file `.env`, or in the one that BROADSHEET_ENV names.

    Raises StartupError if a named file cannot be read or a line has no `=`.
    """
    path = Path(os.environ.get("BROADSHEET_ENV") or ".env")
    if not (path.exists() or os.environ.get("BROADSHEET_ENV")):
        return {}
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise StartupError(
            f"BROADSHEET_ENV: the file {str(path)!r} cannot be read ({error}). "
            "For example: BROADSHEET_ENV=/etc/broadsheet.env"
        ) from error
    for number, line in enumerate(text.splitlines(), start=1):
        if not _LINE.fullmatch(line):
            raise StartupError(
                f"{path}, line {number}: must have the form NAME=value. For example: PORT=8001"
            )
    _DotenvFile.ENVIRON.clear()
    _DotenvFile.read_env(io.StringIO(text))
    return dict(_DotenvFile.ENVIRON)
