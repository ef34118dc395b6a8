"""The production server: Granian, with the background worker and Litestream as companions."""

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
from django.db import Error, connections
from django.urls import get_resolver
from granian.constants import Interfaces
from granian.http import HTTP1Settings
from granian.log import LogLevels

from broadsheet.ops.command_errors import explain
from broadsheet.ops.monitoring import request_metrics
from broadsheet.ops.server import granian_socket, socket_activation
from broadsheet.pagecache.render_pool import SLOTS, RenderPool
from broadsheet.pagecache.request_bodies import THREADS

GRACE = 8  # seconds that running requests and jobs have to end
#: Seconds for which, at a reload, the old and the new process both answer.
RELOAD_OVERLAP = 2
#: Connections per process: enough that thousands of slow ones do not keep others out.
MAX_CONNECTIONS = 32_000
#: Seconds in which a client must send the head of a request, and its size in bytes.
HEADER_TIMEOUT, MAX_HEADER_BYTES = 10, 65_536
#: Seconds after which a computing thread yields. A cache hit takes far less, and should not wait
#: the default 5 ms for a miss.
SWITCH_INTERVAL = 0.000_5
#: Niceness of the background worker: higher than that of render threads (RENDER_NICENESS).
WORKER_NICENESS = 19
#: Thresholds of Python's garbage collector. A full collection blocks all threads for up to 60 ms,
#: so run one per about 10,000 rendered pages.
GC_THRESHOLDS = 700, 4, 200
#: glibc's option for the number of heaps (mallopt(3)).
M_ARENA_MAX = -8
_STDERR = {"class": "broadsheet.lib.logs.ConsoleHandler", "formatter": "generic"}


def serve(*, reload: bool) -> None:
    """Serve until SIGINT or SIGTERM, then stop all processes. Raises SystemExit on failure.

    Processes are forked, so they share loaded code; with `reload` they are spawned.
    """
    _raise_file_limit()
    _use_one_heap()
    can_fork = sys.platform == "linux" and not reload
    multiprocessing.set_start_method("fork" if can_fork else "spawn", force=True)
    if can_fork:
        os.register_at_fork(after_in_child=_reset_sigterm)
        load_application()
        gc.freeze()  # keeps loaded objects in shared memory pages
    request_metrics.remove_files_of_dead_processes()
    connections.close_all()
    logging.getLogger("_granian").addFilter(_is_relevant)
    worker = Companion("background worker", _worker_main)
    litestream = Companion("replica", _litestream_main)
    server = granian_socket.GranianServer(
        "broadsheet.wsgi:application",
        address=settings.HOST,
        port=settings.PORT,
        interface=Interfaces.WSGI,
        workers=settings.SERVE_PROCESSES,
        blocking_threads=THREADS,
        backpressure=MAX_CONNECTIONS,
        http1_settings=HTTP1Settings(
            header_read_timeout=HEADER_TIMEOUT * 1_000, max_buffer_size=MAX_HEADER_BYTES
        ),
        workers_kill_timeout=GRACE,
        respawn_failed_workers=True,
        respawn_interval=RELOAD_OVERLAP,
        log_level=LogLevels.warning,
        log_dictconfig={"handlers": {"console": _STDERR, "access": _STDERR}},
        reload=reload,
        reload_paths=[settings.PACKAGE],
        reload_ignore_worker_failure=True,
    )
    if can_fork:
        server.listener = socket_activation.inherited_socket() or granian_socket.listen(
            settings.HOST, settings.PORT
        )
    if settings.SERVE_WORKER:
        server.on_startup(worker.start)
        server.on_reload(worker.restart)
    if settings.REPLICA_URL:
        server.on_startup(litestream.start)
    try:
        server.serve(target_loader=load_application, wrap_loader=False)
    finally:
        worker.stop()
        litestream.stop()  # last, so that it replicates everything the others wrote


def _reset_sigterm() -> None:
    """Let SIGTERM end a new child process: the inherited handler would do nothing there."""
    signal.signal(signal.SIGTERM, signal.SIG_DFL)


def _is_relevant(record: logging.LogRecord) -> bool:
    """Drop Granian's warning about many threads: nearly all of them only wait."""
    return "Python threads" not in record.getMessage()


def _raise_file_limit() -> None:
    """Raise the limit of open files, which include connections, to the system's maximum."""
    low, high = resource.getrlimit(resource.RLIMIT_NOFILE)
    if low != high:
        resource.setrlimit(resource.RLIMIT_NOFILE, (high, high))


def _use_one_heap() -> None:
    """Make all threads allocate from one heap; glibc has one per thread.

    One thread frees what another allocated, which fragments each heap: 10 MB per process and more.
    """
    with suppress(AttributeError, OSError):
        ctypes.CDLL(None).mallopt(M_ARENA_MAX, 1)


def load_application() -> Callable[..., object]:
    """Return the WSGI application, loaded as far as its first response needs."""
    application: Any = get_internal_wsgi_application()
    if multiprocessing.parent_process() is not None:
        _end_with_parent()
        sys.setswitchinterval(SWITCH_INTERVAL)
        gc.set_threshold(*GC_THRESHOLDS)
        granian_socket.enable_request_timeouts()
        application.bodies.close_connections = granian_socket.close_slow_connections
        application.render_pool = RenderPool(settings.SERVE_THREADS, SLOTS)
    _ = get_resolver().url_patterns
    return cast("Callable[..., object]", application)


def run_worker() -> None:
    """Run background jobs until SIGTERM, at a lower priority than requests."""
    os.nice(WORKER_NICENESS)
    _reset_sigterm()
    _end_with_parent()
    from broadsheet.ops.monitoring import exporter, heartbeat  # noqa: PLC0415 - only in the worker
    from broadsheet.ops.server import cdn_purge, job_recovery  # noqa: PLC0415 - only in the worker

    exporter.start()
    cdn_purge.start()
    job_recovery.recover_jobs()
    file = str(heartbeat.start())
    call_command("ox_worker", heartbeat_file=file, verbosity=0, skip_checks=True)


def _worker_main() -> None:
    if multiprocessing.get_start_method() != "fork":
        django.setup()
    _run_or_explain(run_worker)


def _litestream_main() -> None:
    if multiprocessing.get_start_method() != "fork":
        django.setup()
    _reset_sigterm()
    _end_with_parent()
    from broadsheet.ops.litestream import process  # noqa: PLC0415 - only if configured

    _run_or_explain(process.replicate)


def _run_or_explain(run: Callable[[], None]) -> None:
    """Call `run`. Exits with a one-line message if the database or the disk fails."""
    try:
        run()
    except (Error, OSError) as error:
        if (message := explain(error)) is None:
            raise
        sys.exit(f"broadsheet: {message}")


def _end_with_parent() -> None:
    """End this process when its parent ends, however that happens; leave Ctrl-C to the parent."""
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
    """A background process of the server, restarted whenever it exits unexpectedly."""

    def __init__(self, name: str, run: Callable[[], None]) -> None:
        self._name, self._run = name, run
        self._process: BaseProcess | None = None
        self._lock = threading.Lock()

    def start(self) -> None:
        """Start and supervise the process."""
        self._process = multiprocessing.Process(target=self._run, name=self._name, daemon=True)
        self._process.start()
        threading.Thread(target=self._watch, args=[self._process], daemon=True).start()

    def restart(self) -> None:
        """Restart the process with the current code."""
        self.stop()
        self.start()

    def stop(self) -> None:
        """Stop the process; it has GRACE seconds to finish."""
        with self._lock:
            process, self._process = self._process, None
        if process is not None:
            process.terminate()
            process.join(GRACE)
            process.kill()
            process.join()

    def _watch(self, process: BaseProcess) -> None:
        process.join()
        time.sleep(1)  # a process that always fails must not use up the CPU
        with self._lock:
            if self._process is process:
                self.start()  # before the message: writing that may fail
                with suppress(OSError):
                    sys.stderr.write(f"The {self._name} exited and is restarted.\n")
