"""Mail servers that answer as a test wants it."""

import socketserver
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend
from django_ox.testing import run_tasks
from pytest_django import Settings

from tests.ops.processes import free_port


class _Conversation(socketserver.StreamRequestHandler):
    server: "MailServer"

    def handle(self) -> None:
        """Answer as RFC 5321 has it, but for the words that the test answers itself."""
        self.server.connections += 1
        if self._answer("CONNECT", "220 test")[0] != "2":
            return
        for line in self.rfile:
            word = line[:4].decode("ascii").upper().strip()
            if word == "QUIT":
                self._answer(word, "221 bye")
                return
            if word == "DATA":
                self._answer("", "354 go on")
                taken = b"".join(iter(self.rfile.readline, b".\r\n"))
                if self._answer("DATA", "250 ok").startswith("250"):
                    self.server.taken.append(taken)
                continue
            self._answer(word, "250 ok")

    def _answer(self, word: str, usual: str) -> str:
        line = self.server.answers.get(word, usual)
        self.wfile.write(f"{line}\r\n".encode())
        return line


class MailServer(socketserver.ThreadingTCPServer):
    """As much of a mail server as takes mails; `answers` by the word that is answered so."""

    allow_reuse_address = daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Conversation)
        self.taken: list[bytes] = []
        self.answers: dict[str, str] = {}
        self.connections = 0


class Meanwhile(BaseEmailBackend):
    """Takes mails; while it takes the first one, another worker does all jobs that wait."""

    taken: list[str]

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        """Take them."""
        self.taken += [str(message.subject) for message in email_messages]
        if len(self.taken) == 1:
            run_tasks(raise_failures=True)
        return len(email_messages)


@contextmanager
def mail_server(settings: Settings) -> Iterator[MailServer]:
    """Let mails go to a server of the test's own."""
    with MailServer() as server:
        use(settings, server.server_address[1])
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


def use(settings: Settings, port: int = 0) -> None:
    """Name the mail server in the settings; without a port one that is away."""
    options = {"host": "127.0.0.1", "port": port or free_port(), "timeout": 5}
    settings.MAILERS = {
        "default": {
            "BACKEND": "broadsheet.ops.monitoring.email_backends.SMTPBackend",
            "OPTIONS": options,
        }
    }
    settings.HAS_MAIL_SERVER = True
