"""Error responses in the OpenAPI schema, added by a postprocessing hook."""

from typing import Any

from broadsheet.api.exceptions import MEDIA_TYPE

STRING = {"type": "string"}
PROBLEM = {
    "type": "object",
    "description": "Problem details (RFC 9457).",
    "required": ["type", "title", "status", "detail", "instance"],
    "properties": {
        "type": {**STRING, "format": "uri"},
        "title": STRING,
        "status": {"type": "integer"},
        "detail": STRING,
        "instance": STRING,
        "errors": {
            "type": "array",
            "description": "The invalid values, each with the reason.",
            "items": {
                "type": "object",
                "required": ["detail"],
                "properties": {
                    "pointer": {**STRING, "description": "JSON pointer into the request body."},
                    "parameter": {**STRING, "description": "Name of the query parameter."},
                    "detail": STRING,
                },
            },
        },
        "current_version": {
            "type": "integer",
            "description": ("With 409: the current version of the post."),
        },
    },
}


def add_problems(result: dict[str, Any], **_generator: Any) -> dict[str, Any]:
    """Add error responses to every operation."""
    result["components"].setdefault("schemas", {})["Problem"] = PROBLEM
    for path, operations in result["paths"].items():
        for method, operation in operations.items():
            for parameter in operation.get("parameters", ()):
                if parameter["in"] == "query" and parameter["schema"].get("type") == "string":
                    parameter["schema"].setdefault("minLength", 1)
            for code, text in _error_responses(path, method, operation).items():
                operation["responses"][code] = {
                    "description": text,
                    "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
                }
    return result


def _error_responses(path: str, method: str, operation: dict[str, Any]) -> dict[str, str]:
    """Return descriptions of the error responses by status code."""
    descriptions = {
        "400": "Invalid values.",
        "429": "Too many requests. Wait for Retry-After seconds.",
        "default": "Any other problem.",
    }
    if operation.get("security", [{}])[-1]:
        descriptions |= {"401": "Authentication required.", "403": "Forbidden."}
    if "{" in path:
        descriptions["404"] = "Not found, or not visible to you."
    if "requestBody" in operation:
        descriptions |= {
            "413": "The request body is too large.",
            "415": "Unsupported content type.",
        }
    if any(p["name"] == "If-Match" for p in operation.get("parameters", ())):
        descriptions["412"] = "If-Match does not match the current state."
        if method in {"put", "patch"}:
            descriptions |= {
                "409": "The post has another version.",
                "428": "Neither If-Match nor version was sent.",
            }
    return descriptions
