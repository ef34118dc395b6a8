"""Helpers for responses: the template context and the text."""

from typing import Any

from django.test import Client


def get_context(response: Any) -> dict[str, Any]:
    """Return the template context of a response."""
    context: dict[str, Any] = response.context_data
    return context


def get_text(client: Client, path: str, status: int = 200) -> str:
    """Return the text of a page; it must have this status."""
    response = client.get(path)
    assert response.status_code == status, path
    return str(response.content.decode())
