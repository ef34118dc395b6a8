"""What a page was made from."""

from typing import Any


def shown(response: Any) -> dict[str, Any]:
    """Return the context of the page's template, whatever its language."""
    context: dict[str, Any] = response.context_data
    return context
