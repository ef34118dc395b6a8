"""Rendering a batch's texts in processes of their own, before anything is written."""

import contextlib
import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from functools import partial

from broadsheet import markup
from broadsheet.transfer import faults
from broadsheet.transfer.incoming import Incoming

PROCESSES = 2
_WORTH_IT = 20  # posts, below which starting processes takes longer than they save
_CHUNK = 10

#: Begins to render posts. What it returns waits for them, and keeps in each what became of it.
type Render = Callable[[Sequence[Incoming]], Callable[[], None]]


@contextlib.contextmanager
def renderer(language: str = "") -> Iterator[Render]:
    """Give a function that renders posts ahead, where this machine can do so aside.

    `language` is that of posts which do not say theirs.

    A post it leaves out, as one that is too complex, is rendered when it is written.
    """
    if not _can_fork():
        yield lambda _posts: lambda: None
        return
    # Processes start with the first batch that is worth it.
    pool = ProcessPoolExecutor(
        PROCESSES, mp_context=multiprocessing.get_context("fork"), initializer=_prepare
    )

    def render(posts: Sequence[Incoming]) -> Callable[[], None]:
        for post in posts:
            post.fields.pop("rendered", None)
        if len(posts) < _WORTH_IT:
            return lambda: None
        texts = [post.fields.get("content", "") for post in posts]
        languages = [post.fields.get("language") or language for post in posts]
        try:
            return partial(_keep, posts, pool.map(_render, texts, languages, chunksize=_CHUNK))
        except BrokenProcessPool:
            return lambda: None

    try:
        yield render
    finally:
        pool.shutdown(cancel_futures=True)


def _keep(posts: Sequence[Incoming], rendered: Iterator[markup.Rendered | None]) -> None:
    with contextlib.suppress(BrokenProcessPool):  # a process was killed: the rest goes on here
        for post, result in zip(posts, rendered, strict=True):
            if result is not None:
                post.fields["rendered"] = result


def _can_fork() -> bool:
    """Whether there are processors for it, and no other thread whose locks a fork would copy."""
    return (
        sys.platform == "linux"
        and threading.active_count() == 1
        and len(os.sched_getaffinity(0)) >= PROCESSES
    )


def _prepare() -> None:
    """End with the importing process, however it ends, and leave Ctrl-C to it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    threading.Thread(target=_follow, daemon=True).start()


def _follow() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _render(text: str, language: str) -> markup.Rendered | None:
    try:
        return markup.render(text, language)
    except BaseException as error:
        # It is rendered once more when it is written, and what is wrong is reported then.
        if faults.is_contained(error):
            return None
        raise
