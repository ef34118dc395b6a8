"""Parallel rendering: a batch's texts are rendered in child processes before it is written."""

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
from broadsheet.transfer.error_isolation import is_item_error
from broadsheet.transfer.records import PostRecord

PROCESSES = 2
_MIN_POSTS = 20  # below this, starting processes costs more time than it saves
_CHUNK = 10

#: Starts to render posts. The returned function waits and stores the result in each post.
type Render = Callable[[Sequence[PostRecord]], Callable[[], None]]


@contextlib.contextmanager
def parallel_renderer(language: str = "") -> Iterator[Render]:
    """Yield a function that renders posts in child processes, if this machine has enough CPUs.

    `language` applies to posts without their own. A post that is skipped here, for example because
    it is too complex, is rendered when it is written.
    """
    if not _can_fork():
        yield lambda _posts: lambda: None
        return
    # Processes start with the first batch that is large enough.
    pool = ProcessPoolExecutor(
        PROCESSES, mp_context=multiprocessing.get_context("fork"), initializer=_initialize_worker
    )

    def render(posts: Sequence[PostRecord]) -> Callable[[], None]:
        for post in posts:
            post.fields.pop("rendered", None)
        if len(posts) < _MIN_POSTS:
            return lambda: None
        texts = [post.fields.get("content", "") for post in posts]
        languages = [post.fields.get("language") or language for post in posts]
        try:
            return partial(
                _store_results, posts, pool.map(_render, texts, languages, chunksize=_CHUNK)
            )
        except BrokenProcessPool:
            return lambda: None

    try:
        yield render
    finally:
        pool.shutdown(cancel_futures=True)


def _store_results(posts: Sequence[PostRecord], rendered: Iterator[markup.Rendered | None]) -> None:
    with contextlib.suppress(
        BrokenProcessPool
    ):  # a process was killed: the rest is rendered when written
        for post, result in zip(posts, rendered, strict=True):
            if result is not None:
                post.fields["rendered"] = result


def _can_fork() -> bool:
    """Return whether there are enough CPUs, and no other thread whose locks a fork would copy."""
    return (
        sys.platform == "linux"
        and threading.active_count() == 1
        and len(os.sched_getaffinity(0)) >= PROCESSES
    )


def _initialize_worker() -> None:
    """Exit with the importing process, however it ends, and leave Ctrl-C to it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    threading.Thread(target=_exit_with_parent, daemon=True).start()


def _exit_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _render(text: str, language: str) -> markup.Rendered | None:
    try:
        return markup.render(text, language)
    except BaseException as error:
        # It is rendered again when it is written, and the error is reported then.
        if is_item_error(error):
            return None
        raise
