"""WSGI application for servers such as gunicorn."""

import os
import sys

import django
from django.conf import settings
from django.core.wsgi import get_wsgi_application

from broadsheet.lib.env import StartupError
from broadsheet.pagecache.cache import Cache
from broadsheet.pagecache.replica_router import ALIAS, ReplicaRouter
from broadsheet.pagecache.wsgi import WSGI

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "broadsheet.settings")

try:
    django.setup(set_prefix=False)
    from broadsheet.ops.server import bootstrap  # it needs the apps
    from broadsheet.statistics.recorder import recorder

    bootstrap.create_data_folder()
    handler, cache = get_wsgi_application(), Cache(record_view=recorder.record)
    application = WSGI(
        ReplicaRouter(handler, cache) if ALIAS in settings.DATABASES else handler, cache
    )
except StartupError as error:
    sys.stderr.write(f"broadsheet: {error}\n")
    sys.exit(3)  # tells servers not to try again
