"""Options of pytest, and fixtures for all tests: users, media folders and rate limits."""

import gc
import random
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from itertools import chain, count
from pathlib import Path

import hypothesis
import pytest
from django.conf import settings as django_settings
from django.contrib.auth.hashers import make_password
from django.core.cache import caches
from django.db import connection
from pytest_django import DjangoDbBlocker, Settings

import broadsheet
from broadsheet import search
from broadsheet.accounts.hashers import OWASPArgon2PasswordHasher
from broadsheet.accounts.models import Registration, Role, User
from broadsheet.ops.server import bootstrap
from broadsheet.publication.models import Site

pytest_plugins = ["tests.browsers", "tests.postgresql"]
# Modules that servers load: each creates an application with a page cache. No test imports them.
ENTRY_POINTS = {"broadsheet.asgi", "broadsheet.wsgi"}
PASSWORD = "a-long-enough-password"
_numbers = count()

# How long an example takes depends more on what else runs on the machine than on the code.
# The examples are the same in every run, so that a change does not fail for something it did not
# do; use --hypothesis-profile=explore to look for others.
for name, examples, is_fixed in (
    ("quick", 20, True),
    ("thorough", 50, True),
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
    parser.addoption("--slow", action="store_true", help="select the slow tests too")
    parser.addoption("--prove", action="store_true", help="test the guarantees at full length")
    parser.addoption("--seed", type=int, default=0, help="repeat a run of the guarantees")
    parser.addoption(
        "--random-order",
        type=int,
        metavar="SEED",
        help="shuffle the modules and their tests",
    )
    parser.addoption(
        "--no-skips", action="store_true", help="fail the tests that would be skipped, as CI does"
    )


class Failures:
    """Prints a failed test at once: pytest's own summary comes at the end."""

    def __init__(self, config: pytest.Config) -> None:
        self._plugins = config.pluginmanager

    @pytest.hookimpl(trylast=True)
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        terminal = self._plugins.get_plugin("terminalreporter")  # none in pytest-xdist's processes
        if report.failed and terminal is not None:
            terminal.ensure_newline()
            terminal.write_line(f"FAILED {report.nodeid} ({report.when})", red=True)


def pytest_configure(config: pytest.Config) -> None:
    bootstrap.create_data_folder()
    config.pluginmanager.register(Failures(config))
    # Look up a static file when it is requested, and not all of them for each `Client`.
    django_settings.WHITENOISE_AUTOREFRESH = True
    django_settings.STORAGES["staticfiles"]["BACKEND"] = (
        "django.contrib.staticfiles.storage.StaticFilesStorage"
    )
    if not config.getoption("--hypothesis-profile"):
        hypothesis.settings.load_profile("thorough" if config.getoption("--slow") else "quick")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Deselect the tests with a marker whose option is missing."""
    missing = [name for name in ("slow", "prove") if not config.getoption(name)]
    selected: list[pytest.Item] = []
    deselected: list[pytest.Item] = []
    for item in items:
        # Not `in item.keywords`: those include the names of its folders, such as tests/ops/prove.
        is_deselected = any(item.get_closest_marker(name) for name in missing)
        (deselected if is_deselected else selected).append(item)
    if deselected:
        config.hook.pytest_deselected(items=deselected)
        items[:] = selected
    if (seed := config.getoption("--random-order")) is not None:
        _shuffle(items, random.Random(seed))
    _import_all_modules()


def _shuffle(items: list[pytest.Item], generator: random.Random) -> None:
    """Shuffle the modules, and the tests within each: fixtures of a module are set up once."""
    modules: dict[Path, list[pytest.Item]] = {}
    for item in items:
        modules.setdefault(item.path, []).append(item)
    shuffled = list(modules.values())
    generator.shuffle(shuffled)
    for tests in shuffled:
        generator.shuffle(tests)
    items[:] = chain.from_iterable(shuffled)


def pytest_collection_finish() -> None:
    """Exempt what is loaded by now from garbage collection: all of it stays until the end."""
    gc.collect()
    gc.freeze()


def _import_all_modules() -> None:
    """Make the examples of a test independent of the tests that ran before it in its process.

    Hypothesis also draws from the constants of all modules that are imported by then.
    """
    root = Path(broadsheet.__file__).parent
    for path in sorted(root.rglob("*.py")):
        name = ".".join(path.relative_to(root.parent).with_suffix("").parts)
        if name not in ENTRY_POINTS:
            import_module(name.removesuffix(".__init__"))


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    outcome = yield
    report = outcome.get_result()  # type: ignore[attr-defined] # pluggy's result
    if report.skipped and item.config.getoption("--no-skips"):
        report.outcome = "failed"
        report.longrepr = f"skipped, which --no-skips forbids: {report.longrepr}"


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """End the sessions of threads first: PostgreSQL drops no database that is in use."""
    yield
    if connection.vendor == "postgresql":
        with django_db_blocker.unblock(), connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )


@pytest.fixture(autouse=True)
def _own_media(settings: Settings) -> None:
    """Give each test its own media folder; it exists once something is stored in it."""
    settings.MEDIA_ROOT = django_settings.DATA / "media-of-tests" / str(next(_numbers))


@pytest.fixture(autouse=True)
def _reset_rate_limits() -> Iterator[None]:
    yield
    caches["throttle"].clear()


@pytest.fixture(autouse=True)
def _empty_search_index(request: pytest.FixtureRequest) -> Iterator[None]:
    """Empty the search index after tests that commit: Django flushes only tables of models."""
    marker = request.node.get_closest_marker("django_db")
    commits = bool(marker and marker.kwargs.get("transaction"))
    if commits or "transactional_db" in request.fixturenames:
        request.getfixturevalue("transactional_db")
        yield
        search.clear()
    else:
        yield


@pytest.fixture(autouse=True)
def _cheap_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hash passwords at the lowest cost: one test checks the real one."""
    monkeypatch.setattr(OWASPArgon2PasswordHasher, "time_cost", 1)
    monkeypatch.setattr(OWASPArgon2PasswordHasher, "memory_cost", 8)  # KiB


@pytest.fixture
def site(db: None) -> Site:
    """The row of a claimed site."""
    return Site.objects.get_or_create(id=1, defaults={"name": "The Daily Test"})[0]


@cache
def _hashed_password() -> str:
    return make_password(PASSWORD)


def _create_user(username: str, role: Role) -> User:
    return User.objects.create(
        username=username,
        email=f"{username}@example.org",
        password=_hashed_password(),
        role=role,
        display_name=username.title(),
    )


@pytest.fixture
def owner(site: Site) -> User:
    return _create_user("olivia", Role.OWNER)


@pytest.fixture
def editor(owner: User) -> User:
    return _create_user("edgar", Role.EDITOR)


@pytest.fixture
def author(owner: User) -> User:
    return _create_user("ada", Role.AUTHOR)


@pytest.fixture
def another_author(owner: User) -> User:
    return _create_user("bob", Role.AUTHOR)


@pytest.fixture
def reader(owner: User) -> User:
    return _create_user("rita", Role.READER)


@pytest.fixture
def open_registration(owner: User) -> Registration:
    registration = Registration(mode=Registration.Mode.OPEN, role=Role.AUTHOR)
    registration.save()
    return registration
