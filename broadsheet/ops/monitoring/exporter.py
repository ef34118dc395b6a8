"""A separate HTTP server for /metrics, for Prometheus on the same machine or network."""

import logging
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from django.conf import settings
from django.db import connections

from broadsheet.ops.monitoring import metrics

logger = logging.getLogger(__name__)


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        """Serve /metrics."""
        if self.path.partition("?")[0] != "/metrics":
            self.send_error(404)
            return
        try:
            text = metrics.render()
        finally:
            connections.close_all()  # this thread ends with the response
        self.send_response(200)
        self.send_header("Content-Type", metrics.CONTENT_TYPE)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_args: object) -> None:
        """Log no requests."""


def start() -> None:
    """Serve metrics on BROADSHEET_METRICS_ADDRESS, if set, in a background thread."""
    if not settings.METRICS_ADDRESS:
        return
    host, _, port = settings.METRICS_ADDRESS.rpartition(":")
    try:
        server = ThreadingHTTPServer((host.strip("[]"), int(port)), _Handler)
    except OSError as error:  # another worker listens there, or the address is not this machine's
        logger.warning(
            "BROADSHEET_METRICS_ADDRESS: cannot listen on %s (%s).",
            settings.METRICS_ADDRESS,
            error.strerror,
        )
        return
    threading.Thread(target=server.serve_forever, name="metrics", daemon=True).start()
