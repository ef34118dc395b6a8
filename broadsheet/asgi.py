"""ASGI application for servers such as uvicorn."""

import os
import sys

import django
from django.core.asgi import get_asgi_application

from broadsheet.lib.env import StartupError
from broadsheet.pagecache.asgi import ASGI
from broadsheet.pagecache.cache import Cache

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "broadsheet.settings")

try:
    django.setup(set_prefix=False)
    from broadsheet.ops.server import bootstrap  # it needs the apps

    bootstrap.initialize()
    application = ASGI(get_asgi_application(), Cache())
except StartupError as error:
    sys.stderr.write(f"broadsheet: {error}\n")
    sys.exit(3)  # to servers: do not try again
