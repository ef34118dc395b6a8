"""What every test may use: the cast, and where files go."""

from collections.abc import Iterator
from functools import cache
from pathlib import Path

import hypothesis
import pytest
from django.contrib.auth.hashers import make_password
from django.core.cache import caches
from hypothesis.internal.conjecture import providers
from hypothesis.internal.constants_ast import Constants
from pytest_django import Settings

from broadsheet.accounts.models import Registration, Role, User
from broadsheet.lib.passwords import Argon2
from broadsheet.publication.models import Site

pytest_plugins = ["tests.alone", "tests.browsers", "tests.postgresql"]
PASSWORD = "a-long-enough-password"

# How long an example takes says more about what else runs on the machine than about the code.
# The same examples each time, or a change would fail for what it did not do: to look for others,
# --hypothesis-profile=explore.
for name, examples, is_fixed in (
    ("quick", 20, True),
    ("thorough", 100, True),
    ("explore", 500, False),
):
    hypothesis.settings.register_profile(
        name,
        deadline=None,
        suppress_health_check=[hypothesis.HealthCheck.too_slow],
        max_examples=examples,
        derandomize=is_fixed,
        database=None,
        print_blob=True,
    )


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--slow", action="store_true", help="run the slow tests too")
    parser.addoption("--prove", action="store_true", help="run the proof at its full length")
    parser.addoption("--seed", type=int, default=0, help="let the proof do what it did with SEED")
    parser.addoption(
        "--no-skips", action="store_true", help="fail what would be skipped, as CI does"
    )


class Failures:
    """Names a failed test at once: pytest's own summary comes when all are done."""

    def __init__(self, config: pytest.Config) -> None:
        self._plugins = config.pluginmanager

    @pytest.hookimpl(trylast=True)
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        terminal = self._plugins.get_plugin("terminalreporter")  # none in pytest-xdist's processes
        if report.failed and terminal is not None:
            terminal.ensure_newline()
            terminal.write_line(f"FAILED {report.nodeid} ({report.when})", red=True)


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(Failures(config))
    if not config.getoption("--hypothesis-profile"):
        hypothesis.settings.load_profile("thorough" if config.getoption("--slow") else "quick")
    if config.getoption("--hypothesis-profile") != "explore":
        # Examples come from constants of our modules, too: of those that were imported so far.
        providers._get_local_constants = Constants


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if not config.getoption("--prove"):
        proofs = [item for item in items if "proof" in item.keywords]
        config.hook.pytest_deselected(items=proofs)
        items[:] = [item for item in items if item not in proofs]
    if not config.getoption("--slow"):
        for item in items:
            if "slow" in item.keywords:
                item.add_marker(pytest.mark.skip(reason="slow; run with --slow"))


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    outcome = yield
    report = outcome.get_result()  # type: ignore[attr-defined] # pluggy's result
    if report.skipped and item.config.getoption("--no-skips"):
        report.outcome = "failed"
        report.longrepr = f"skipped, which --no-skips forbids: {report.longrepr}"


@pytest.fixture(autouse=True)
def _own_places(settings: Settings, tmp_path: Path) -> Iterator[None]:
    """Give each test its own media and mail, and limits that start from nothing."""
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }
    yield
    caches["throttle"].clear()


@pytest.fixture(autouse=True)
def _cheap_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hash passwords as always, at the least cost: what it costs in use is asked in one test."""
    monkeypatch.setattr(Argon2, "time_cost", 1)
    monkeypatch.setattr(Argon2, "memory_cost", 8)  # KiB


@pytest.fixture
def site(db: None) -> Site:
    """A claimed site's row."""
    return Site.objects.get_or_create(id=1, defaults={"name": "The Daily Test"})[0]


@cache
def _hashed_password() -> str:
    return make_password(PASSWORD)


def _person(username: str, role: Role) -> User:
    return User.objects.create(
        username=username,
        email=f"{username}@example.org",
        password=_hashed_password(),
        role=role,
        display_name=username.title(),
    )


@pytest.fixture
def owner(site: Site) -> User:
    return _person("olivia", Role.OWNER)


@pytest.fixture
def editor(owner: User) -> User:
    return _person("edgar", Role.EDITOR)


@pytest.fixture
def author(owner: User) -> User:
    return _person("ada", Role.AUTHOR)


@pytest.fixture
def another_author(owner: User) -> User:
    return _person("bob", Role.AUTHOR)


@pytest.fixture
def reader(owner: User) -> User:
    return _person("rita", Role.READER)


@pytest.fixture
def open_registration(owner: User) -> Registration:
    registration = Registration(mode=Registration.Mode.OPEN, role=Role.AUTHOR)
    registration.save()
    return registration
