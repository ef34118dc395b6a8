"""The WSGI way in for servers."""

import os
import sys

from django.core.wsgi import get_wsgi_application

from broadsheet.lib.env import Refused

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "broadsheet.settings")

try:
    application = get_wsgi_application()
except Refused as refused:
    sys.stderr.write(f"broadsheet: {refused}\n")
    sys.exit(3)  # to servers: do not try again
