"""File e-mail backend, used without a mail server."""

from email import policy

from django.core.mail import EmailMessage
from django.core.mail.backends import filebased

_UNFOLDED = policy.default.clone(max_line_length=998)  # maximum line length (RFC 5322)


class FolderEmailBackend(filebased.EmailBackend):
    """Writes each message to a file with unfolded lines, so that links can be copied."""

    def write_message(self, message: EmailMessage) -> None:
        """Write one message."""
        data = message.message(policy=_UNFOLDED).as_bytes()
        self.stream.write(data + b"\n" + b"-" * 79 + b"\n")  # type: ignore[arg-type] # of bytes
