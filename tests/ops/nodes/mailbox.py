"""A mail server that takes its time as long as a test wants (RFC 5321, as little as will do)."""

import socket
import socketserver
import threading
from contextlib import suppress
from email import message_from_bytes
from typing import Any


class Mailbox(socketserver.ThreadingTCPServer):
    """Keeps the mails that it has taken, by `Subject`; takes none while `is_open` is not set."""

    allow_reuse_address = daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Session)
        self.is_open = threading.Event()
        self.is_open.set()
        self.taken: list[str] = []
        self.begun = 0
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        """Its address, as EMAIL_URL has it."""
        return f"smtp://127.0.0.1:{self.server_address[1]}"

    def handle_error(self, *_request: Any) -> None:
        """Pass over those who were killed."""


class _Session(socketserver.StreamRequestHandler):
    server: Mailbox

    def handle(self) -> None:
        self._say("220 ready")
        while line := self.rfile.readline():
            match line[:4].upper():
                case b"DATA":
                    self._say("354 go on")
                    self._take(b"".join(iter(self.rfile.readline, b".\r\n")))
                case b"QUIT":
                    return self._say("221 bye")
                case _:
                    self._say("250 fine")
        return None

    def _take(self, mail: bytes) -> None:
        self.server.begun += 1
        self.server.is_open.wait()
        with suppress(BlockingIOError):
            if not self.connection.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT):
                return  # nobody is there any more, so it is not taken
        self._say("250 taken")
        self.server.taken.append(str(message_from_bytes(mail)["To"]))

    def _say(self, words: str) -> None:
        self.wfile.write(f"{words}\r\n".encode())
