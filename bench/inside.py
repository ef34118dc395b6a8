"""A site in a process of its own that is asked without a network: `python -m bench.inside COUNT`.

Writes the sample's addresses as a line of JSON; then, for each line `[WHO] ADDRESS` that it reads,
the status, the length and the seconds of the processor that the answer took, with those of
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

    application = get_wsgi_application()  # Django alone, without the pages that are kept before it
    from bench import processor, sample

    out = sys.stdout
    tokens = {who: f"Bearer {os.environ[f'BENCH_{who}']}" for who in ("OWNER", "AUTHOR")}
    print(json.dumps(sample.addresses(int(sys.argv[1]))), file=out, flush=True)
    used = processor.clock()
    _answer(application, _environ("/", {}), used)
    gc.collect()
    gc.freeze()  # as `broadsheet serve` does when all is loaded
    for line in sys.stdin:
        who, _, address = line.strip().rpartition(" ")
        environ = _environ(address, {"HTTP_AUTHORIZATION": tokens[who]} if who else {})
        print(*_answer(application, environ, used), file=out, flush=True)


def _answer(
    application: Callable[..., Any], environ: dict[str, Any], used: Callable[[], float]
) -> tuple[str, int, float]:
    """Return the status, the length of the body and the seconds that the answer took."""
    answered: list[str] = []
    began = used()
    answer = application(environ, lambda status, _head, *_: answered.append(status))
    length = sum(map(len, answer))
    if close := getattr(answer, "close", None):
        close()
    return answered[0][:3], length, used() - began


def _environ(address: str, more: dict[str, str]) -> dict[str, Any]:
    path, _, query = address.partition("?")
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
        **more,
    }


if __name__ == "__main__":
    main()
