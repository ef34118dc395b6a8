"""What the OpenAPI description says besides the views: how things go wrong."""

from typing import Any

from broadsheet.api.problems import MEDIA_TYPE

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
            "description": "Each value that cannot be used, with the reason.",
            "items": {
                "type": "object",
                "required": ["detail"],
                "properties": {
                    "pointer": {**STRING, "description": "JSON pointer into what was sent."},
                    "parameter": {**STRING, "description": "Name in the query."},
                    "detail": STRING,
                },
            },
        },
        "current_version": {"type": "integer", "description": "With 409: the post's version now."},
    },
}


def add_problems(result: dict[str, Any], **_generator: Any) -> dict[str, Any]:
    """Add to every operation the problems with which it may answer."""
    result["components"].setdefault("schemas", {})["Problem"] = PROBLEM
    for path, operations in result["paths"].items():
        for method, operation in operations.items():
            for parameter in operation.get("parameters", ()):
                if parameter["in"] == "query" and parameter["schema"].get("type") == "string":
                    parameter["schema"].setdefault("minLength", 1)
            for code, text in _problems(path, method, operation).items():
                operation["responses"][code] = {
                    "description": text,
                    "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
                }
    return result


def _problems(path: str, method: str, operation: dict[str, Any]) -> dict[str, str]:
    """Return status codes with their reasons."""
    found = {
        "400": "Some values cannot be used.",
        "429": "Too many requests: wait for Retry-After seconds.",
        "default": "Any other problem.",
    }
    if operation.get("security", [{}])[-1]:
        found |= {"401": "Log in or send a token.", "403": "You may not do this."}
    if "{" in path:
        found["404"] = "There is nothing, or nothing that you may know of."
    if "requestBody" in operation:
        found |= {"413": "The body is too large.", "415": "The content type is not taken."}
    if any(p["name"] == "If-Match" for p in operation.get("parameters", ())):
        found["412"] = "If-Match names another state than the present."
        if method in {"put", "patch"}:
            found |= {
                "409": "The post is at another version.",
                "428": "Neither If-Match nor version was sent.",
            }
    return found
