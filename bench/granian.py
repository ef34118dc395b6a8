"""Serve any Django project with Broadsheet's server: `python -m bench.granian PORT THREADS`."""

import sys
from collections.abc import Callable

from granian import Granian
from granian.constants import Interfaces
from granian.log import LogLevels


def load() -> Callable[..., object]:
    from django.core.wsgi import get_wsgi_application

    return get_wsgi_application()


if __name__ == "__main__":
    Granian(
        "bench.granian:load",
        port=int(sys.argv[1]),
        interface=Interfaces.WSGI,
        blocking_threads=int(sys.argv[2]),
        log_level=LogLevels.warning,
    ).serve(target_loader=load, wrap_loader=False)
