"""Baseline: a dictionary of pages as a WSGI application, under Broadsheet's server.

`python -m bench.dictionary FILE`: FILE is a JSON object from paths to status, headers and body
(in Latin-1).
"""

import json
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

type Page = tuple[str, list[tuple[str, str]], list[bytes]]
PAGES: dict[str, Page] = {}


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    status, head, body = PAGES[environ["PATH_INFO"]]
    start_response(status, head)
    return body


def main() -> None:
    for path, (status, head, body) in json.loads(Path(sys.argv[1]).read_bytes()).items():
        PAGES[path] = (status, [(name, value) for name, value in head], [body.encode("latin-1")])

    import django

    django.setup()
    from broadsheet.ops.server import granian_server

    granian_server.load_application = lambda: application
    granian_server.serve(reload=False)


if __name__ == "__main__":
    main()
