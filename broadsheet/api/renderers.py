"""How answers are written."""

from collections.abc import Mapping
from typing import Any

from rest_framework.renderers import JSONRenderer


class JSON(JSONRenderer):
    """JSON, the same for everyone: what is kept cannot be indented as one client wishes."""

    def get_indent(self, accepted_media_type: str, renderer_context: Mapping[str, Any]) -> None:  # noqa: ARG002 - its signature
        """Return None."""
        return
