"""The ASGI way in for servers."""

import os
import sys

from django.core.asgi import get_asgi_application

from broadsheet.lib.env import Refused
from broadsheet.pagecache.asgi import ASGI
from broadsheet.pagecache.cache import Cache

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "broadsheet.settings")

try:
    application = ASGI(get_asgi_application(), Cache())
except Refused as refused:
    sys.stderr.write(f"broadsheet: {refused}\n")
    sys.exit(3)  # to servers: do not try again
