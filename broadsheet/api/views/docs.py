"""OpenAPI schema and its documentation page: `/api/v1/openapi.json`, `/api/v1/docs`."""

from functools import cache
from threading import Lock
from typing import Any

from django.views.generic import TemplateView
from drf_spectacular.generators import SchemaGenerator
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from broadsheet.pagecache import set_cache_tags

_lock = Lock()  # the generator's state is not thread-safe


class SchemaView(APIView):
    """OpenAPI schema."""

    schema = None

    def get(self, request: Request) -> Response:  # noqa: ARG002 - the same for everyone
        """Return the schema as JSON."""
        with _lock:
            schema = openapi_schema()
        response = Response(schema, headers={"Cache-Control": "public, max-age=3600"})
        set_cache_tags(response, [])
        return response


class DocsView(TemplateView):
    """Swagger UI, served by this site."""

    template_name = "api/docs.html"


@cache
def openapi_schema() -> dict[str, Any]:
    """Return the OpenAPI schema; it is generated once per process."""
    generator: Any = SchemaGenerator  # untyped
    schema: dict[str, Any] = generator().get_schema(request=None, public=True)
    return schema
