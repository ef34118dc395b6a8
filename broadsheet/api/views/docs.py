"""The API's description: for programs, and to read and try out."""

from functools import cache
from threading import Lock
from typing import Any

from django.views.generic import TemplateView
from drf_spectacular.generators import SchemaGenerator
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from broadsheet.pagecache import set_cache_tags

_alone = Lock()  # the generator keeps its state where two threads would mix theirs


class Description(APIView):
    """The OpenAPI description."""

    schema = None

    def get(self, request: Request) -> Response:  # noqa: ARG002 - the same for everyone
        """Return it as JSON."""
        with _alone:
            described = _description()
        response = Response(described, headers={"Cache-Control": "public, max-age=3600"})
        set_cache_tags(response, [])
        return response


class Docs(TemplateView):
    """Swagger UI on that description, without a third party."""

    template_name = "api/docs.html"


@cache
def _description() -> dict[str, Any]:
    generator: Any = SchemaGenerator  # without types
    described: dict[str, Any] = generator().get_schema(request=None, public=True)
    return described
