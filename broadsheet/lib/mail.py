"""Mail that is laid down in a folder while there is no mail server."""

from email import policy

from django.core.mail import EmailMessage
from django.core.mail.backends import filebased

_UNFOLDED = policy.default.clone(max_line_length=998)  # the longest line a mail may have (RFC 5322)


class Folder(filebased.EmailBackend):
    """Writes each mail to a file, its lines whole, so that a link can be copied from it."""

    def write_message(self, message: EmailMessage) -> None:
        """Write one mail."""
        written = message.message(policy=_UNFOLDED).as_bytes()
        self.stream.write(written + b"\n" + b"-" * 79 + b"\n")  # type: ignore[arg-type] # of bytes
