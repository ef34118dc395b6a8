"""The production server: Granian, with the background worker beside it."""

import ctypes
import gc
import logging
import multiprocessing
import os
import resource
import signal
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.process import BaseProcess
from typing import Any, cast

import django
from django.conf import settings
from django.core.management import call_command
from django.core.servers.basehttp import get_internal_wsgi_application
from django.db import connections
from django.urls import get_resolver
from granian.constants import Interfaces
from granian.http import HTTP1Settings
from granian.log import LogLevels

from broadsheet.ops.monitoring import request_metrics
from broadsheet.ops.server import granian_socket, socket_activation
from broadsheet.pagecache.bodies import BODIES, ENDING
from broadsheet.pagecache.makers import PLACES, UPLOADS, Makers

GRACE = 8  # seconds in which requests and jobs that are under way may end
#: Seconds for which, at a reload, a process and the one that takes its place both answer.
TOGETHER = 2
#: Connections that each process holds, so that thousands of slow ones do not keep others out;
#: seconds that one may take to ask, and bytes that the head of a request may have.
CONNECTIONS, PATIENCE, HEADERS = 32_000, 10, 65_536
#: Threads that answer in each process: a few more than may wait for an answer to be made, or for
#: what a client sends.
THREADS = PLACES + UPLOADS + BODIES + ENDING + 4
#: Seconds after which a thread that computes lets another one go on. What is kept is answered in
#: far less, and should not wait the usual 5 ms for what is not.
SWITCH = 0.000_5
#: How much the background worker stands back where there is more to compute than processors: more
#: than those who make pages (pagecache.makers.YIELD).
YIELD = 19
#: How often Python looks for what refers to itself: at all that it holds once in about 10,000 pages
#: that were made, for it takes up to 60 ms, in which nobody is answered.
COLLECTIONS = 700, 4, 200
#: glibc's number for how many heaps there are (mallopt(3)).
M_ARENA_MAX = -8
_STDERR = {"class": "broadsheet.lib.logs.Console", "formatter": "generic"}


def serve(*, reload: bool) -> None:
    """Serve until SIGINT or SIGTERM, then leave nothing behind. Raises SystemExit on failure.

    Processes are forked, so that they share what is loaded; to reload code they start afresh.
    """
    _allow_connections()
    _share_heap()
    can_fork = sys.platform == "linux" and not reload
    multiprocessing.set_start_method("fork" if can_fork else "spawn", force=True)
    if can_fork:
        os.register_at_fork(after_in_child=_end_when_told)
        load_application()
        gc.freeze()  # what is loaded stays shared
    request_metrics.forget_the_dead()
    connections.close_all()
    logging.getLogger("_granian").addFilter(_is_news)
    worker = Companion("background worker", _run_worker)
    replica = Companion("replica", _run_replica)
    server = granian_socket.Server(
        "broadsheet.wsgi:application",
        address=settings.HOST,
        port=settings.PORT,
        interface=Interfaces.WSGI,
        workers=settings.SERVE_PROCESSES,
        blocking_threads=THREADS,
        backpressure=CONNECTIONS,
        http1_settings=HTTP1Settings(header_read_timeout=PATIENCE * 1_000, max_buffer_size=HEADERS),
        workers_kill_timeout=GRACE,
        respawn_failed_workers=True,
        respawn_interval=TOGETHER,
        log_level=LogLevels.warning,
        log_dictconfig={"handlers": {"console": _STDERR, "access": _STDERR}},
        reload=reload,
        reload_paths=[settings.PACKAGE],
        reload_ignore_worker_failure=True,
    )
    if can_fork:
        server.listener = socket_activation.inherited() or granian_socket.listening(
            settings.HOST, settings.PORT
        )
    if settings.SERVE_WORKER:
        server.on_startup(worker.start)
        server.on_reload(worker.restart)
    if settings.REPLICA_URL:
        server.on_startup(replica.start)
    try:
        server.serve(target_loader=load_application, wrap_loader=False)
    finally:
        worker.stop()
        replica.stop()  # last, so that it has all that the others wrote


def _end_when_told() -> None:
    """Let SIGTERM end a process that is only just begun: the parent's own would do nothing here."""
    signal.signal(signal.SIGTERM, signal.SIG_DFL)


def _is_news(record: logging.LogRecord) -> bool:
    """Leave out that there are many threads: nearly all of them wait, and few for the processor."""
    return "Python threads" not in record.getMessage()


def _allow_connections() -> None:
    """Let each process have as many files open, connections among them, as the system allows."""
    low, high = resource.getrlimit(resource.RLIMIT_NOFILE)
    if low != high:
        resource.setrlimit(resource.RLIMIT_NOFILE, (high, high))


def _share_heap() -> None:
    """Let threads take memory from one heap, where the system's library has one for each (glibc).

    What one thread has kept another one drops, which leaves gaps in each: 10 MB a process and more.
    """
    with suppress(AttributeError, OSError):
        ctypes.CDLL(None).mallopt(M_ARENA_MAX, 1)


def load_application() -> Callable[..., object]:
    """Return the site as a WSGI application, with all that its first page needs."""
    application: Any = get_internal_wsgi_application()
    if multiprocessing.parent_process() is not None:
        _stay_with_parent()
        sys.setswitchinterval(SWITCH)
        gc.set_threshold(*COLLECTIONS)
        granian_socket.allow_cuts()
        application.bodies.hang_up = granian_socket.hang_up_late
        application.makers = Makers(settings.SERVE_THREADS, PLACES)
    _ = get_resolver().url_patterns
    return cast("Callable[..., object]", application)


def work() -> None:
    """Do background work until SIGTERM; whoever waits for an answer goes first."""
    os.nice(YIELD)
    _end_when_told()
    _stay_with_parent()
    from broadsheet.ops.monitoring import exporter, heartbeat  # noqa: PLC0415 - no business of the server's
    from broadsheet.ops.server import cdn_purge, job_recovery  # noqa: PLC0415 - no business of the server's

    exporter.start()
    cdn_purge.start()
    job_recovery.take_over()
    file = str(heartbeat.start())
    call_command("ox_worker", heartbeat_file=file, verbosity=0, skip_checks=True)


def _run_worker() -> None:
    if multiprocessing.get_start_method() != "fork":
        django.setup()
    work()


def _run_replica() -> None:
    if multiprocessing.get_start_method() != "fork":
        django.setup()
    _end_when_told()
    _stay_with_parent()
    from broadsheet.ops.litestream import process  # noqa: PLC0415 - for those who have one

    process.replicate()


def _stay_with_parent() -> None:
    """End this process when its parent ended, however that came; and leave Ctrl-C to the parent."""
    os.setpgrp()
    parent = multiprocessing.parent_process()

    def watch() -> None:
        while parent is not None and os.getppid() == parent.pid:
            time.sleep(1)
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(GRACE)
        os._exit(1)

    threading.Thread(target=watch, name="parent", daemon=True).start()


class Companion:
    """A process beside those that answer, started again whenever it ends by itself."""

    def __init__(self, name: str, run: Callable[[], None]) -> None:
        self._name, self._run = name, run
        self._process: BaseProcess | None = None
        self._turn = threading.Lock()

    def start(self) -> None:
        """Start it, and watch over it."""
        self._process = multiprocessing.Process(target=self._run, name=self._name, daemon=True)
        self._process.start()
        threading.Thread(target=self._watch, args=[self._process], daemon=True).start()

    def restart(self) -> None:
        """Start it afresh, with the code as it is now."""
        self.stop()
        self.start()

    def stop(self) -> None:
        """Let it finish what it does, within the time of grace."""
        with self._turn:
            process, self._process = self._process, None
        if process is not None:
            process.terminate()
            process.join(GRACE)
            process.kill()
            process.join()

    def _watch(self, process: BaseProcess) -> None:
        process.join()
        time.sleep(1)  # where it cannot live, it does not take the machine down
        with self._turn:
            if self._process is process:
                self.start()  # first: where nothing can be said, it lives all the same
                with suppress(OSError):
                    sys.stderr.write(f"The {self._name} ended and is started again.\n")
