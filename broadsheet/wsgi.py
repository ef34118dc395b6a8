"""The WSGI way in for servers."""

import os
import sys

from django.conf import settings
from django.core.wsgi import get_wsgi_application

from broadsheet.lib.env import Refused
from broadsheet.pagecache.cache import Cache
from broadsheet.pagecache.replica import ALIAS, FromReplica
from broadsheet.pagecache.wsgi import WSGI

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "broadsheet.settings")

try:
    django, cache = get_wsgi_application(), Cache()
    answers = FromReplica(django, cache) if ALIAS in settings.DATABASES else django
    application = WSGI(answers, cache)
except Refused as refused:
    sys.stderr.write(f"broadsheet: {refused}\n")
    sys.exit(3)  # to servers: do not try again
