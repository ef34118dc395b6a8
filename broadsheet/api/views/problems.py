"""Problem types, `/api/v1/problems/<kind>`, and the 404 response of unknown URLs."""

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
from rest_framework.views import APIView

from broadsheet.api.exceptions import KINDS


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
