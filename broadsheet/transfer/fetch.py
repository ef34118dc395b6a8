"""Fetching from addresses that others wrote: public hosts only, with a limit of time and size."""

import time

import requests
from AntiSSRF import AntiSSRFError, AntiSSRFPolicy, PolicyConfigOptions
from django.conf import settings
from urllib3.exceptions import HTTPError

SECONDS = 30
_REDIRECTS = 5
_CHUNK = 1 << 16


class Failed(OSError):
    """It could not be fetched. The message says why."""


class NoAnswerError(Failed):
    """Its host did not answer, or not in time."""


def policy() -> AntiSSRFPolicy:
    """Return what may be connected to: nothing in this machine's own network."""
    rules = AntiSSRFPolicy(PolicyConfigOptions.EXTERNAL_ONLY_LATEST)
    rules.allow_plain_text_http = True
    rules.add_xff_header = False
    return rules


def fetch(address: str) -> bytes:
    """Return what stands at `address`. Raises Failed."""
    limit = settings.UPLOAD_MAX_BYTES
    deadline = time.monotonic() + SECONDS
    try:
        with policy().get_antissrf_session() as session:
            session.trust_env = False
            session.max_redirects = _REDIRECTS
            session.headers["User-Agent"] = "Broadsheet"
            with session.get(address, stream=True, timeout=10) as answer:
                answer.raise_for_status()
                data = bytearray()
                # Piece by piece as they come: a host may send a byte now and then for hours.
                while chunk := answer.raw.read1(_CHUNK, decode_content=True):
                    data += chunk
                    if len(data) > limit:
                        raise Failed(f"larger than {limit / 1e6:.0f} MB")
                    if time.monotonic() > deadline:
                        raise NoAnswerError(f"not here after {SECONDS} seconds")
                return bytes(data)
    except AntiSSRFError as error:
        raise Failed("its host is not on the public internet") from error
    except requests.HTTPError as error:
        raise Failed(f"its host refused it ({error})"[:200]) from error
    except (requests.RequestException, HTTPError, OSError, ValueError) as error:
        if isinstance(error, Failed):
            raise
        raise NoAnswerError(f"no answer ({type(error).__name__})") from error
