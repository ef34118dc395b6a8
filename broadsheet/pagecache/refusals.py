"""What is answered without any work: to who asks for too much, or for what cannot be had."""

from django.conf import settings

from broadsheet.lib.security_headers import DEFAULT_HEADERS
from broadsheet.pagecache.pages import Answer


def _refusal(status: str, says: str, seconds: int) -> Answer:
    """Return an answer that asks to come back after so many seconds."""
    body = f"{says}\n".encode()
    headers = [
        ("Content-Type", "text/plain; charset=utf-8"),
        ("Content-Length", str(len(body))),
        ("Cache-Control", "no-store"),
        ("Retry-After", str(seconds)),
        *DEFAULT_HEADERS.items(),
    ]
    return Answer(status, headers, [body])


#: To an address that has used up its share.
TOO_MUCH = _refusal("429 Too Many Requests", "Too many requests. Try again in a minute.", 60)
#: To anybody, while more is asked for than can be made.
BUSY = _refusal("503 Service Unavailable", "The site is busy. Try again in a few seconds.", 5)
#: To who sends slower than anybody has to.
LATE = _refusal("408 Request Timeout", "The request timed out. Try again.", 5)
#: To anybody, while nothing leads to the database: each question would be waited for in vain.
GONE = _refusal(
    "503 Service Unavailable", "The database does not answer. Try again in a few minutes.", 5
)


def needs_database(path: str) -> bool:
    """Return whether an answer is made from the database; files are not, and being alive."""
    return path != "/healthz" and not path.startswith((settings.STATIC_URL, settings.MEDIA_URL))
