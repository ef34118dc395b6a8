"""ASGI application for servers such as uvicorn."""

from broadsheet.pagecache.asgi import ASGI
from broadsheet.wsgi import application as wsgi_application

application = ASGI(wsgi_application)
