"""What a page was made from."""

from typing import Any

from django.test import Client


def shown(response: Any) -> dict[str, Any]:
    """Return the context of the page's template, whatever its language."""
    context: dict[str, Any] = response.context_data
    return context


def text_of(client: Client, path: str, status: int = 200) -> str:
    """Return a page; it must have the status."""
    response = client.get(path)
    assert response.status_code == status, path
    return str(response.content.decode())
