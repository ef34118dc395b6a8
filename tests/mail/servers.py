"""Mail servers whose replies a test can set."""

import socketserver
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend
from django_ox.testing import run_tasks
from pytest_django import Settings

from tests.ops.processes import free_port


class _SMTPHandler(socketserver.StreamRequestHandler):
    server: "MailServer"

    def handle(self) -> None:
        """Reply as RFC 5321 requires, except to commands whose replies the test has set."""
        self.server.connections += 1
        if self._reply("CONNECT", "220 test")[0] != "2":
            return
        for line in self.rfile:
            command = line[:4].decode("ascii").upper().strip()
            if command == "QUIT":
                self._reply(command, "221 bye")
                return
            if command == "DATA":
                self._reply("", "354 go on")
                received = b"".join(iter(self.rfile.readline, b".\r\n"))
                if self._reply("DATA", "250 ok").startswith("250"):
                    self.server.received.append(received)
                continue
            self._reply(command, "250 ok")

    def _reply(self, command: str, default: str) -> str:
        line = self.server.replies.get(command, default)
        self.wfile.write(f"{line}\r\n".encode())
        return line


class MailServer(socketserver.ThreadingTCPServer):
    """A minimal mail server. `replies` contains other replies than the usual ones, by command."""

    allow_reuse_address = daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _SMTPHandler)
        self.received: list[bytes] = []
        self.replies: dict[str, str] = {}
        self.connections = 0


class ConcurrentBackend(BaseEmailBackend):
    """Accepts messages; during the first one, another worker runs all waiting tasks."""

    received: list[str]

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        """Accept the messages."""
        self.received += [str(message.subject) for message in email_messages]
        if len(self.received) == 1:
            run_tasks(raise_failures=True)
        return len(email_messages)


@contextmanager
def mail_server(settings: Settings) -> Iterator[MailServer]:
    """Start a mail server, and set it in the settings."""
    with MailServer() as server:
        use_server(settings, server.server_address[1])
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


def use_server(settings: Settings, port: int = 0) -> None:
    """Set the mail server in the settings; without a port, one that is not running."""
    options = {"host": "127.0.0.1", "port": port or free_port(), "timeout": 5}
    settings.MAILERS = {
        "default": {
            "BACKEND": "broadsheet.ops.monitoring.email_backends.SMTPBackend",
            "OPTIONS": options,
        }
    }
    settings.HAS_MAIL_SERVER = True
