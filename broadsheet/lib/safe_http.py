"""SSRF-safe HTTP client for user-supplied URLs: public hosts only, limited in time and size."""

import socket
import ssl
import time

import requests
from AntiSSRF import AntiSSRFError, AntiSSRFPolicy, PolicyConfigOptions
from django.conf import settings
from urllib3.exceptions import HTTPError

MAX_SECONDS = 30
_REDIRECTS = 5
_CHUNK_BYTES = 1 << 16
_REASONS: dict[type[BaseException], str] = {
    socket.gaierror: "its host name was not found",
    ssl.SSLError: "its certificate is not valid",
    TimeoutError: "it did not respond in time",
    requests.Timeout: "it did not respond in time",
}


class FetchError(OSError):
    """A request failed. The message says why."""


class NoResponseError(FetchError):
    """The host did not respond, or not in time."""


def policy() -> AntiSSRFPolicy:
    """Return the policy of allowed hosts: none in this machine's own network."""
    rules = AntiSSRFPolicy(PolicyConfigOptions.EXTERNAL_ONLY_LATEST)
    rules.allow_plain_text_http = True
    rules.add_xff_header = False
    return rules


def fetch(url: str) -> bytes:
    """Return the content at `url`. Raises FetchError."""
    limit = settings.UPLOAD_MAX_BYTES
    deadline = time.monotonic() + MAX_SECONDS
    try:
        with policy().get_antissrf_session() as session:
            session.trust_env = False
            session.max_redirects = _REDIRECTS
            session.headers["User-Agent"] = "Broadsheet"
            with session.get(url, stream=True, timeout=10) as response:
                response.raise_for_status()
                data = bytearray()
                # In chunks as they arrive: a host could send single bytes for hours.
                while chunk := response.raw.read1(_CHUNK_BYTES, decode_content=True):
                    data += chunk
                    if len(data) > limit:
                        raise FetchError(f"larger than {limit / 1e6:.0f} MB")
                    if time.monotonic() > deadline:
                        raise NoResponseError(f"no response within {MAX_SECONDS} seconds")
                return bytes(data)
    except AntiSSRFError as error:
        raise FetchError("its host is not on the public internet") from error
    except requests.HTTPError as error:
        raise FetchError(f"its host returned an error ({error})"[:200]) from error
    except (requests.RequestException, HTTPError, OSError, ValueError) as error:
        if isinstance(error, FetchError):
            raise
        raise NoResponseError(_reason(error)) from error


def _reason(error: BaseException) -> str:
    """Return in words why there was no response, from the error or one of its causes."""
    cause: BaseException | None = error
    while cause is not None:
        for kind, reason in _REASONS.items():
            if isinstance(cause, kind):
                return reason
        cause = cause.__cause__ or cause.__context__
    return "it did not respond"
