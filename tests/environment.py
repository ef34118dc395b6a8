"""The environment of the tests, set before the settings are read: a data folder of its own."""

import atexit
import os
import shutil
import signal
import sys
import tempfile

for name in ("SECRET_KEY", "DATABASE_URL", "CACHE_URL", "EMAIL_URL", "DEBUG", "BROADSHEET_URL"):
    os.environ.pop(name, None)
if "BROADSHEET_TEST_DATABASE_URL" in os.environ:
    os.environ["DATABASE_URL"] = os.environ["BROADSHEET_TEST_DATABASE_URL"]
os.environ["BROADSHEET_ENV"] = os.devnull
os.environ["BROADSHEET_DATA"] = tempfile.mkdtemp(prefix="broadsheet-tests-")
atexit.register(shutil.rmtree, os.environ["BROADSHEET_DATA"], ignore_errors=True)
# A folder that all processes of a run share: pytest-xdist's have the environment of the first one.
if "PYTEST_XDIST_WORKER" not in os.environ:
    os.environ["TESTS_SHARED"] = tempfile.mkdtemp(prefix="broadsheet-tests-shared-")
    atexit.register(shutil.rmtree, os.environ["TESTS_SHARED"], ignore_errors=True)

# Tests start many processes: they compile imported modules once, also with
# PYTHONDONTWRITEBYTECODE.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

# A process that a shell starts in the background ignores Ctrl-C, and so would its servers.
signal.signal(signal.SIGINT, signal.default_int_handler)
