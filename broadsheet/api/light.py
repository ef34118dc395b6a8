"""Loads Django REST framework without what it looks for and has no use for here.

Looking alone would import a database's driver and an HTTP client: a sixth of a start, and 15 MB.
"""

import sys

_UNUSED = ("django.contrib.postgres.fields", "requests")


def load() -> None:
    """Import the part that looks for other libraries, while these seem not to be installed."""
    absent = [name for name in _UNUSED if name not in sys.modules]
    sys.modules.update(dict.fromkeys(absent))  # type: ignore[arg-type] # None: not importable
    try:
        import rest_framework.compat  # noqa: F401, PLC0415
    finally:
        for name in absent:
            del sys.modules[name]


load()
