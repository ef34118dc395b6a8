"""The way in: what there is, what problems mean, and what is not there."""

from typing import Any

from django.http import Http404
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema, inline_serializer
from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse
from rest_framework.views import APIView

from broadsheet.api.problems import KINDS
from broadsheet.pagecache import set_cache_tags

RESOURCES = ("post", "tag", "series", "user", "image", "token")


class Root(APIView):
    """Where everything is."""

    @extend_schema(responses={200: {"type": "object", "additionalProperties": {"type": "string"}}})
    def get(self, request: Request) -> Response:
        """List the resources with their addresses."""
        names = {f"{name}s".replace("seriess", "series"): f"api:{name}-list" for name in RESOURCES}
        names |= {"me": "api:me", "openapi": "api:schema", "docs": "api:docs"}
        found = {name: reverse(view, request=request) for name, view in names.items()}
        response = Response(found)
        set_cache_tags(response, [])
        return response


class Problem(APIView):
    """What a problem's type means (RFC 9457, section 3.1.1)."""

    @extend_schema(
        responses=inline_serializer(
            "ProblemKind",
            {"kind": serializers.CharField(), "title": serializers.CharField()},
        )
    )
    def get(self, request: Request, kind: str) -> Response:  # noqa: ARG002 - the framework's signature
        """Name a kind of problem."""
        if kind not in KINDS:
            raise Http404(_("Unknown problem type."))
        return Response({"kind": kind, "title": KINDS[kind]})


class Unknown(APIView):
    """Whatever else is asked for under /api."""

    schema = None  # it is no part of the API
    permission_classes = (AllowAny,)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Say that there is nothing, whatever the method; but /api leads on."""
        super().initial(request, *args, **kwargs)
        if request.method in {"GET", "HEAD"} and request.path_info in {"/api", "/api/"}:
            return
        raise Http404(_("There is no API endpoint at this URL."))

    def get(self, request: Request, *_args: Any, **_kwargs: Any) -> HttpResponseBase:  # noqa: ARG002 - the framework's signature
        """Lead from /api to the documentation."""
        return redirect("api:docs")
