"""An error in one item never stops an import: at every step, any type of exception."""

import builtins
import io
import json
import logging
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import CodeType

import pytest
from django.core.management.base import CommandError
from django.db import DataError, IntegrityError, InterfaceError, OperationalError, transaction

import broadsheet
from broadsheet.accounts.models import User
from broadsheet.lib.file_storage import StorageUnavailableError
from broadsheet.media import actions as media
from broadsheet.media.models import Image
from broadsheet.posts.models import Post
from broadsheet.transfer import apply, import_plan
from broadsheet.transfer.pipeline import ImportOptions
from broadsheet.transfer.report import ImportOutcome, Report
from broadsheet.transfer.run_import import run_import
from tests.transfer.conftest import HEAD, Backup, ImageHost, png, report, run

pytestmark = pytest.mark.django_db

BROKEN = "brokenitem"
CODE = str(Path(broadsheet.__file__).parent)
TOOL = 4  # a free tool id of sys.monitoring
#: The mechanism itself, and code for the whole import instead of one item.
MECHANISM = (
    "transfer/pipeline.py",
    "transfer/error_isolation.py",
    "transfer/run_import.py",
)
WORDS = {"fine": "One", BROKEN: "Two", "good": "Three"}


def body(name: str, host: str) -> str:
    return f"About {name}.\n\n![a picture]({host}/{name}.png)\n"


def with_front_matter(host: str) -> dict[str, str | bytes]:
    return {
        f"{name}.md": HEAD.format(
            title=title,
            cuid=f"clbroken{n}000809l2cwz5ayz"[:25],
            slug=f"{name}-post",
            body=body(name, host),
            more=f"tags: {name}\nseries: {name}",
        )
        for n, (name, title) in enumerate(WORDS.items())
    }


def legacy(host: str) -> dict[str, str | bytes]:
    return {
        f"ckdr7cmma04ehl9s1dq85cr{n}i.md": f"# {name}\n\n{body(name, host)}"
        for n, name in enumerate(WORDS)
    }


def dashboard(host: str) -> dict[str, str | bytes]:
    posts = [
        {"title": name, "contentMarkdown": body(name, host), "publishedAt": "2023-01-01"}
        for name in WORDS
    ]
    return {"export.json": json.dumps({"posts": posts})}


def markdown(host: str) -> dict[str, str | bytes]:
    return {
        f"{name}.md": f"---\ntitle: {name}\nstatus: published\ndate: 2023-01-01\n---\n\n"
        + body(name, host)
        for name in WORDS
    }


LAYOUTS: dict[str, tuple[str, Callable[[str], dict[str, str | bytes]]]] = {
    "headed": ("hashnode", with_front_matter),
    "legacy": ("hashnode", legacy),
    "dashboard": ("hashnode", dashboard),
    "own": ("markdown", markdown),
}


@pytest.fixture(autouse=True)
def pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    colours = zip(WORDS, ["red", "lime", "blue"], strict=True)
    monkeypatch.setattr(ImageHost, "files", {f"/{n}.png": png(colour) for n, colour in colours})


def has_broken_item(frame_depth: int, code: CodeType) -> bool:
    """Return whether an argument of the call that begins contains the broken item."""
    frame = sys._getframe(frame_depth)
    names = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
    return any(BROKEN in repr(frame.f_locals.get(name)) for name in names)


@contextmanager
def watching(on_call: Callable[[CodeType], None], *only: CodeType) -> Iterator[None]:
    """Call `on_call` at the beginning of each call of the package's code with the broken item."""
    is_within = False

    def on_start(code: CodeType, _offset: int) -> object:
        nonlocal is_within
        if not code.co_filename.startswith(CODE):
            return sys.monitoring.DISABLE
        if is_within:  # the arguments are being inspected
            return None
        is_within = True
        try:
            is_broken = has_broken_item(2, code)
        finally:
            is_within = False
        if is_broken:
            on_call(code)
        return None

    monitoring = sys.monitoring
    monitoring.use_tool_id(TOOL, "faults")
    monitoring.register_callback(TOOL, monitoring.events.PY_START, on_start)
    if only:
        for code in only:
            monitoring.set_local_events(TOOL, code, monitoring.events.PY_START)
    else:
        monitoring.set_events(TOOL, monitoring.events.PY_START)
    try:
        yield
    finally:
        monitoring.set_events(TOOL, 0)
        for code in only:
            monitoring.set_local_events(TOOL, code, 0)
        monitoring.register_callback(TOOL, monitoring.events.PY_START, None)
        monitoring.free_tool_id(TOOL)


def imported(kind: str, folder: Path, owner: User) -> tuple[Report, str, set[str]]:
    """Import and roll back; return the report, its text, and the names of the imported posts."""
    file = io.StringIO()
    counts = Report(file)
    with transaction.atomic():
        run_import(
            kind, folder, options=ImportOptions(owner), report=counts, on_progress=lambda _: None
        )
        texts = " ".join(Post.objects.values_list("content", flat=True))
        transaction.set_rollback(True)
    return counts, file.getvalue(), {name for name in WORDS if f"About {name}." in texts}


@pytest.fixture
def no_logging() -> Iterator[None]:
    """Disable logging, because there are hundreds of errors."""
    logging.disable()
    yield
    logging.disable(logging.NOTSET)


@pytest.mark.slow
@pytest.mark.usefixtures("no_logging", "allow_image_host")
@pytest.mark.parametrize(
    "layout",
    [
        pytest.param("headed", marks=pytest.mark.prove),
        pytest.param("legacy", marks=pytest.mark.prove),
        pytest.param("dashboard", marks=pytest.mark.prove),
        "own",
    ],
)
def test_an_exception_at_any_step_of_one_item_does_not_affect_the_others(
    owner: User, backup: Backup, image_host: str, layout: str
) -> None:
    kind, files = LAYOUTS[layout]
    folder = backup(files(image_host))
    steps: dict[CodeType, None] = {}
    with watching(lambda code: steps.update({code: None})):
        assert imported(kind, folder, owner)[2] == set(WORDS)
    assert len(steps) > 50, "the import is watched"
    # The code after the importers is the same for all sources.
    part = CODE if layout == "headed" else f"{CODE}/transfer/"
    names = {code: code.co_filename for code in steps if code.co_filename.startswith(part)}
    tried = [code for code, name in names.items() if not name.endswith(MECHANISM)]
    for code in tried:

        def fail(code: CodeType) -> None:
            raise RuntimeError(f"injected into {code.co_qualname}")

        with watching(fail, code):
            counts, text, present = imported(kind, folder, owner)
        where = f"{code.co_filename} {code.co_qualname}:\n{text}"
        assert present >= {"fine", "good"}, where
        is_reported = (
            counts.outcomes[ImportOutcome.FAILED] + counts.outcomes[ImportOutcome.UNREADABLE] == 1
        )
        assert BROKEN in present or is_reported, where


class PanicException(BaseException):
    """An error like the one that the Rust parser raises if it panics: not an Exception."""


ERRORS = [
    KeyError("MPO"), RecursionError(), MemoryError(), PanicException(), StopIteration(),
    UnicodeEncodeError("utf-8", "\ud800", 0, 1, "surrogates"), OSError(13, "Permission denied"),
    DataError(), IntegrityError("UNIQUE"), AssertionError(), SyntaxError("broken PNG file"),
]  # fmt: skip


def raising(target: str, error: BaseException, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the function raise `error` if it is called with the broken item."""
    module, _, name = target.rpartition(".")
    function = getattr(sys.modules[module], name, None) or getattr(builtins, name)

    def broken(*args: object, **kwargs: object) -> object:
        if BROKEN in repr((args, kwargs)):
            raise error
        return function(*args, **kwargs)

    monkeypatch.setattr(target, broken, raising=False)


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
def test_no_type_of_error_in_one_item_stops_the_import(
    owner: User,
    backup: Backup,
    data: Path,
    error: BaseException,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    folder = backup(with_front_matter("https://e.example"))
    raising("broadsheet.transfer.apply.create_redirects", error, monkeypatch)
    assert "2  new" in run("import", "hashnode", folder)
    text = report(data)
    assert f"{BROKEN}.md: could not be saved, saving failed ({type(error).__name__}" in text
    assert [r.exc_info is not None for r in caplog.records if BROKEN in r.message] == [True]
    monkeypatch.undo()
    assert "1  new" in run("import", "hashnode", folder)


@pytest.mark.slow
@pytest.mark.parametrize(
    "error",
    [KeyboardInterrupt(), SystemExit(1), OperationalError("locked"), InterfaceError("closed")],
    ids=lambda error: type(error).__name__,
)
@pytest.mark.parametrize(
    "target",
    [
        "broadsheet.transfer.importers.hashnode.mapping.to_post",
        "broadsheet.transfer.import_plan.make_plan",
        "broadsheet.transfer.apply.create_redirects",
    ],
)
def test_interruptions_and_database_errors_stop_the_import(
    owner: User,
    backup: Backup,
    error: BaseException,
    target: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    raising(target, error, monkeypatch)
    with pytest.raises(type(error)):
        run("import", "hashnode", backup(with_front_matter("https://e.example")))
    assert not Post.objects.exists(), "a batch is saved completely or not at all"
    monkeypatch.undo()
    assert "3  new" in run("import", "hashnode", backup({}))


OUTAGES = [OSError(number, os.strerror(number)) for number in (28, 30, 5)]


@pytest.mark.slow
@pytest.mark.parametrize(
    "error", [*OUTAGES, StorageUnavailableError("S3 is not available")], ids=str
)
@pytest.mark.parametrize(
    "target",
    [
        "broadsheet.transfer.import_plan.make_plan",
        "broadsheet.lib.safe_http.fetch",
        "broadsheet.transfer.apply.create_redirects",
        "broadsheet.transfer.report.print",
    ],
)
@pytest.mark.usefixtures("allow_image_host")
def test_an_outage_stops_the_import_and_a_repeated_one_resumes_it(
    owner: User,
    backup: Backup,
    image_host: str,
    error: OSError,
    target: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    folder = backup(with_front_matter(image_host))
    with monkeypatch.context() as broken:
        raising(target, error, broken)
        with pytest.raises(CommandError, match=r"imported so far stays\. .* to resume"):
            run("import", "hashnode", folder, "--download-images")
    before = Post.objects.count()
    assert before == (3 if target.endswith("print") else 0)
    out = run("import", "hashnode", backup({}), "--download-images")
    assert f"{3 - before}  new" in out or f"{before}  unchanged" in out
    assert Post.objects.count() == Image.objects.count() == 3


@pytest.mark.parametrize("kind", ["hashnode", "markdown"])
def test_an_unreadable_source_file_is_an_error_of_one_item(
    owner: User, backup: Backup, kind: str, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = (
        with_front_matter("https://e.example")
        if kind == "hashnode"
        else markdown("https://e.example")
    )
    read = Path.read_bytes

    def broken(path: Path) -> bytes:
        if BROKEN in path.name:
            raise OSError(5, "Input/output error")
        return read(path)

    monkeypatch.setattr(Path, "read_bytes", broken)
    assert "2  new" in run("import", kind, backup(files), "--no-download-images")
    assert "Input/output error" in report(data)


@pytest.mark.slow
@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
def test_an_image_error_affects_neither_the_import_nor_the_post(
    owner: User,
    backup: Backup,
    image_host: str,
    allow_image_host: None,
    data: Path,
    error: BaseException,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    upload = media.upload

    def broken(file: io.BytesIO, *, name: str, by: User) -> Image:
        if name == BROKEN:
            raise error
        return upload(file, name=name, by=by)

    monkeypatch.setattr(media, "upload", broken)
    out = run("import", "hashnode", backup(with_front_matter(image_host)), "--download-images")
    assert "3  new" in out
    assert "2  images downloaded" in out
    assert f"{image_host}/{BROKEN}.png" in Post.objects.get(slug=f"{BROKEN}-post").content
    assert f"image not downloaded: {image_host}/{BROKEN}.png (" in report(data)


def test_an_image_of_an_export_that_cannot_be_decoded_is_reported(
    owner: User, backup: Backup, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_args: object, **_kwargs: object) -> Image:
        raise KeyError("MPO")

    monkeypatch.setattr(media, "upload", broken)
    name = f"images/{'a' * 64}-8x6.png"
    text = f"---\ntitle: A\n---\n\n![]({name})"
    assert "2  new" in run("import", "markdown", backup({"a.md": text, "b.md": text, name: b"x"}))
    assert "image that is missing in the export, or not an image" in report(data)


def test_a_failed_update_of_one_post_does_not_affect_the_others(
    owner: User, backup: Backup, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run("import", "hashnode", backup(with_front_matter("https://one.example")))
    raising("broadsheet.posts.actions.edit", RuntimeError(), monkeypatch)
    out = run("import", "hashnode", backup(with_front_matter("https://two.example")))
    assert "2  updated" in out
    assert "1  could not be saved" in out


def test_a_line_that_cannot_be_written_to_the_report_is_counted(
    owner: User, backup: Backup, monkeypatch: pytest.MonkeyPatch
) -> None:
    raising("broadsheet.transfer.report.print", ValueError("closed"), monkeypatch)
    out = run("import", "hashnode", backup(with_front_matter("https://e.example")))
    assert "3  new" in out
    assert "1  of these could not be written to the report" in out


def test_notes_of_a_batch_that_is_retried_are_reported_once(
    owner: User, backup: Backup, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = with_front_matter("https://e.example")
    files["fine.md"] = str(files["fine.md"]).replace("About", "%%[widget] About")
    raising("broadsheet.transfer.apply.create_redirects", RuntimeError(), monkeypatch)
    run("import", "hashnode", backup(files))
    assert report(data).count("widget, whose content is not in the backup: widget\n") == 1


def test_a_batch_without_errors_is_planned_and_applied_once(
    owner: User, backup: Backup, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[str] = []

    def counted(function: Callable[..., object]) -> Callable[..., object]:
        def call(*args: object, **kwargs: object) -> object:
            calls.append(function.__name__)
            return function(*args, **kwargs)

        return call

    monkeypatch.setattr(import_plan, "make_plan", counted(import_plan.make_plan))
    monkeypatch.setattr(apply, "apply_plan", counted(apply.apply_plan))
    run("import", "hashnode", backup(with_front_matter("https://e.example")))
    assert calls == ["make_plan", "apply_plan"]
