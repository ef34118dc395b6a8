"""What is asked for, as far as the page cache cares."""

from functools import lru_cache
from urllib.parse import urlencode

from django.conf import settings
from django.core.exceptions import TooManyFieldsSent
from django.http import QueryDict

#: Longer queries are read each time they come.
_LONG_QUERY = 500
#: Where programs ask, and what a browser says that it takes: it is shown a page there.
API, HTML = "/api/", "text/html"


class Asked:
    """A request as far as the cache cares. `scheme` and `host` are those that the client used."""

    __slots__ = ("accept_encoding", "if_none_match", "is_head", "is_known", "key")

    def __init__(
        self,
        scheme: str,
        host: str,
        path: str,
        query: str,
        accept_encoding: str,
        if_none_match: str,
        is_head: bool,  # noqa: FBT001 - once per request, where keywords would cost a tenth
        is_known: bool,  # noqa: FBT001
    ) -> None:
        self.key = f"{scheme}://{host}{path}"
        if query and (known := known_parameters(path, query)):
            self.key = f"?{known} {self.key}"  # so that no path can look like a query
        self.accept_encoding = accept_encoding
        self.if_none_match = if_none_match
        self.is_head = is_head
        self.is_known = is_known

    @property
    def passing(self) -> int:
        """What is remembered where this is not one to keep: no more than a number."""
        return hash((self.key, self.is_known))


def known_parameters(path: str, query: str) -> str:
    """Return the part of a query that the page depends on, in one order."""
    prefixes = settings.PAGE_PARAMETERS.items()
    known = next((names for prefix, names in prefixes if path.startswith(prefix)), None)
    if known is None:
        return query
    return (_known if len(query) <= _LONG_QUERY else _known.__wrapped__)(known, query)


@lru_cache(maxsize=1_024)
def _known(names: frozenset[str], query: str) -> str:
    """Return those parameters that have one of `names`, read as Django does."""
    try:
        said = QueryDict(query.encode("latin-1"))
    except TooManyFieldsSent:
        return query  # Django will refuse it
    return urlencode([(name, said[name]) for name in sorted(names) if name in said])


def scheme_of(forwarded_proto: str) -> str:
    """Return the scheme that a proxy names, read as Django does."""
    return "https" if forwarded_proto.split(",", 1)[0].strip() == "https" else "http"
