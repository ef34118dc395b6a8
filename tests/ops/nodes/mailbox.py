"""A mail server that delays as long as a test wants (a minimal part of RFC 5321)."""

import socket
import socketserver
import threading
from contextlib import suppress
from email import message_from_bytes
from typing import Any


class Mailbox(socketserver.ThreadingTCPServer):
    """Lists the recipients of accepted emails; accepts none while `is_open` is not set."""

    allow_reuse_address = daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Session)
        self.is_open = threading.Event()
        self.is_open.set()
        self.accepted: list[str] = []
        self.started = 0
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        """Its URL, for EMAIL_URL."""
        return f"smtp://127.0.0.1:{self.server_address[1]}"

    def handle_error(self, *_request: Any) -> None:
        """Ignore clients that were killed."""


class _Session(socketserver.StreamRequestHandler):
    server: Mailbox

    def handle(self) -> None:
        self._reply("220 ready")
        while line := self.rfile.readline():
            match line[:4].upper():
                case b"DATA":
                    self._reply("354 go on")
                    self._accept(b"".join(iter(self.rfile.readline, b".\r\n")))
                case b"QUIT":
                    return self._reply("221 bye")
                case _:
                    self._reply("250 fine")
        return None

    def _accept(self, mail: bytes) -> None:
        self.server.started += 1
        self.server.is_open.wait()
        with suppress(BlockingIOError):
            if not self.connection.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT):
                return  # the client is gone, so the email is not accepted
        self._reply("250 taken")
        self.server.accepted.append(str(message_from_bytes(mail)["To"]))

    def _reply(self, text: str) -> None:
        self.wfile.write(f"{text}\r\n".encode())
