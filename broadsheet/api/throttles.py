"""How many requests a minute are answered, by who asks and for what."""

from typing import TYPE_CHECKING, cast

from django.conf import settings
from django.core.cache import BaseCache, caches
from django.utils.connection import ConnectionProxy
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request
from rest_framework.throttling import SimpleRateThrottle

from broadsheet.lib.client_ip import client_ip

if TYPE_CHECKING:  # at run time it would be a circle: views import what settings name
    from rest_framework.views import APIView


class Throttle(SimpleRateThrottle):
    """Counts in the cache `throttle`, by account where there is one, else by address."""

    cache = cast("BaseCache", ConnectionProxy(caches, "throttle"))

    def get_rate(self) -> str | None:
        """Return the rate of this scope, such as `60/min`; None where there is no limit."""
        rates: dict[str, str | None] = settings.REST_FRAMEWORK["DEFAULT_THROTTLE_RATES"]
        return rates[str(self.scope)]

    def get_cache_key(self, request: Request, view: "APIView") -> str | None:
        """Return under which name this request is counted; None when it is not."""
        if not self.counts(request, view):
            return None
        ident = request.user.pk if request.user.is_authenticated else self.get_ident(request)
        return self.cache_format % {"scope": self.scope, "ident": ident}

    def get_ident(self, request: Request) -> str:
        """Return the client's IP address."""
        return client_ip(request.META, settings.PROXIES) or request.META.get("REMOTE_ADDR", "")

    def counts(self, request: Request, view: "APIView") -> bool:
        """Whether this request is of the kind that is limited here."""
        raise NotImplementedError


class Strangers(Throttle):
    """Requests without a login."""

    scope = "anonymous"

    def counts(self, request: Request, view: "APIView") -> bool:  # noqa: ARG002
        """Whether nobody is logged in."""
        return not request.user.is_authenticated


class People(Throttle):
    """Requests of one account, with all its tokens together."""

    scope = "user"

    def counts(self, request: Request, view: "APIView") -> bool:  # noqa: ARG002
        """Whether somebody is logged in."""
        return request.user.is_authenticated


class Writes(Throttle):
    """Requests that change something."""

    scope = "write"

    def counts(self, request: Request, view: "APIView") -> bool:  # noqa: ARG002
        """Whether the method is not a safe one."""
        return request.method not in SAFE_METHODS


class Uploads(Throttle):
    """Uploads of images, which cost the most."""

    scope = "upload"

    def counts(self, request: Request, view: "APIView") -> bool:
        """Whether this is an upload."""
        return request.method == "POST" and getattr(view, "basename", "") == "image"
