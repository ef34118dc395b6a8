"""Separate process that runs the WSGI application without a server: `python -m bench.inside COUNT`.

Writes the sample's requests as a line of JSON. Then, for each line `[USER] URL` that it reads, it
writes the status, the body's length and the CPU time of the request in seconds, including that of
PostgreSQL's process.
"""

import gc
import io
import json
import os
import sys
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote


def main() -> None:
    from django.core.wsgi import get_wsgi_application

    application = get_wsgi_application()  # Django alone, without the page cache in front
    from bench import processor, sample

    out = sys.stdout
    tokens = {user: f"Bearer {os.environ[f'BENCH_{user}']}" for user in ("OWNER", "AUTHOR")}
    print(json.dumps(sample.requests(int(sys.argv[1]))), file=out, flush=True)
    cpu_time = processor.clock()
    _respond(application, _environ("/", {}), cpu_time)
    gc.collect()
    gc.freeze()  # as `broadsheet serve` does after loading
    for line in sys.stdin:
        user, _, url = line.strip().rpartition(" ")
        environ = _environ(url, {"HTTP_AUTHORIZATION": tokens[user]} if user else {})
        print(*_respond(application, environ, cpu_time), file=out, flush=True)


def _respond(
    application: Callable[..., Any], environ: dict[str, Any], cpu_time: Callable[[], float]
) -> tuple[str, int, float]:
    """Return the status, the length of the body and the CPU time of a response in seconds."""
    statuses: list[str] = []
    start = cpu_time()
    response = application(environ, lambda status, _headers, *_: statuses.append(status))
    length = sum(map(len, response))
    if close := getattr(response, "close", None):
        close()
    return statuses[0][:3], length, cpu_time() - start


def _environ(url: str, headers: dict[str, str]) -> dict[str, Any]:
    path, _, query = url.partition("?")
    return {
        "REQUEST_METHOD": "GET",
        "PATH_INFO": unquote(path).encode().decode("latin-1"),
        "QUERY_STRING": query,
        "SCRIPT_NAME": "",
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "8000",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "HTTP_HOST": "127.0.0.1:8000",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
        **headers,
    }


if __name__ == "__main__":
    main()
