"""API root, problem types and the 404 response: `/api/v1`, `/api/v1/problems/<kind>`."""

from typing import Any

from django.http import Http404
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema, inline_serializer
from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse
from rest_framework.views import APIView

from broadsheet.api.exceptions import KINDS
from broadsheet.pagecache import set_cache_tags

#: Names of the resources and of their views.
RESOURCES = {
    "posts": "post-list",
    "tags": "tag-list",
    "series": "series-list",
    "users": "user-list",
    "images": "image-list",
    "tokens": "token-list",
    "me": "me",
    "openapi": "schema",
    "docs": "docs",
}


class RootView(APIView):
    """URLs of all resources."""

    @extend_schema(responses={200: {"type": "object", "additionalProperties": {"type": "string"}}})
    def get(self, request: Request) -> Response:
        """List the resources with their URLs."""
        urls = {name: reverse(f"api:{view}", request=request) for name, view in RESOURCES.items()}
        response = Response(urls)
        set_cache_tags(response, [])
        # As in BaseViewSet: so the page cache does not send this JSON to browsers.
        patch_vary_headers(response, ["Authorization", "Cookie"])
        return response


class ProblemTypeView(APIView):
    """Description of a problem type (RFC 9457, section 3.1.1)."""

    @extend_schema(
        responses=inline_serializer(
            "ProblemKind",
            {"kind": serializers.CharField(), "title": serializers.CharField()},
        )
    )
    def get(self, request: Request, kind: str) -> Response:  # noqa: ARG002 - the framework's signature
        """Return the title of a problem type."""
        if kind not in KINDS:
            raise Http404(_("Unknown problem type."))
        return Response({"kind": kind, "title": KINDS[kind]})


class UnknownEndpointView(APIView):
    """404 response for all other URLs under `/api`; `/api` redirects to the documentation."""

    schema = None  # not part of the API
    permission_classes = (AllowAny,)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Raise Http404 whatever the method, except for GET of `/api`."""
        super().initial(request, *args, **kwargs)
        if request.method in {"GET", "HEAD"} and request.path_info in {"/api", "/api/"}:
            return
        raise Http404(_("There is no API endpoint at this URL."))

    def get(self, request: Request, *_args: Any, **_kwargs: Any) -> HttpResponseBase:  # noqa: ARG002 - the framework's signature
        """Redirect to the documentation."""
        return redirect("api:docs")
