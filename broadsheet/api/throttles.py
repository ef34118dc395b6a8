"""Rate limits per minute, by account or IP address."""

from typing import TYPE_CHECKING, cast

from django.conf import settings
from django.core.cache import BaseCache, caches
from django.utils.connection import ConnectionProxy
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request
from rest_framework.throttling import SimpleRateThrottle

from broadsheet.lib.client_ip import client_ip

if TYPE_CHECKING:  # a cycle at run time: views import what the settings name
    from rest_framework.views import APIView


class BaseRateThrottle(SimpleRateThrottle):
    """Counts in the cache `throttle`, by account if there is one, otherwise by IP address."""

    cache = cast("BaseCache", ConnectionProxy(caches, "throttle"))

    def get_rate(self) -> str | None:
        """Return the rate of this scope, such as `60/min`; None if there is no limit."""
        rates: dict[str, str | None] = settings.REST_FRAMEWORK["DEFAULT_THROTTLE_RATES"]
        return rates[str(self.scope)]

    def get_cache_key(self, request: Request, view: "APIView") -> str | None:
        """Return the key under which this request is counted; None if it is not."""
        if not self.applies_to(request, view):
            return None
        ident = request.user.pk if request.user.is_authenticated else self.get_ident(request)
        return self.cache_format % {"scope": self.scope, "ident": ident}

    def get_ident(self, request: Request) -> str:
        """Return the client's IP address."""
        return client_ip(request.META, settings.PROXIES) or request.META.get("REMOTE_ADDR", "")

    def applies_to(self, request: Request, view: "APIView") -> bool:
        """Return whether this throttle limits such requests."""
        raise NotImplementedError


class AnonThrottle(BaseRateThrottle):
    """Limits anonymous requests."""

    scope = "anonymous"

    def applies_to(self, request: Request, view: "APIView") -> bool:  # noqa: ARG002
        """Return whether the request is anonymous."""
        return not request.user.is_authenticated


class UserThrottle(BaseRateThrottle):
    """Limits the requests of an account, with all its tokens together."""

    scope = "user"

    def applies_to(self, request: Request, view: "APIView") -> bool:  # noqa: ARG002
        """Return whether the request is authenticated."""
        return request.user.is_authenticated


class WriteThrottle(BaseRateThrottle):
    """Limits unsafe methods."""

    scope = "write"

    def applies_to(self, request: Request, view: "APIView") -> bool:  # noqa: ARG002
        """Return whether the method is unsafe."""
        return request.method not in SAFE_METHODS


class UploadThrottle(BaseRateThrottle):
    """Limits uploads of images, which cost the most."""

    scope = "upload"

    def applies_to(self, request: Request, view: "APIView") -> bool:
        """Return whether this is an upload."""
        return request.method == "POST" and getattr(view, "basename", "") == "image"
