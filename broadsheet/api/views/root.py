"""API root: `/api/v1`."""

from django.utils.cache import patch_vary_headers
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse
from rest_framework.views import APIView

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
