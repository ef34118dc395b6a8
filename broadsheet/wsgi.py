"""The WSGI way in for servers."""

import os
import sys

from django.core.wsgi import get_wsgi_application

from broadsheet.lib.env import Refused
from broadsheet.pagecache.cache import Cache
from broadsheet.pagecache.wsgi import WSGI

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "broadsheet.settings")

try:
    application = WSGI(get_wsgi_application(), Cache())
except Refused as refused:
    sys.stderr.write(f"broadsheet: {refused}\n")
    sys.exit(3)  # to servers: do not try again
