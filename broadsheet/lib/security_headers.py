"""Security headers of all responses: one table for Django, the page cache and nginx.

`Strict-Transport-Security` is sent if the site uses https.
"""

from django.utils.csp import CSP

#: Browser features that no page uses and no embedded page can request.
_UNUSED = (
    "camera", "display-capture", "geolocation", "hid", "magnetometer", "microphone", "midi",
    "payment", "serial", "usb", "xr-spatial-tracking",
)  # fmt: skip

#: Headers of every response that does not set them itself.
DEFAULT_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": ", ".join(f"{feature}=()" for feature in _UNUSED),
    "X-Frame-Options": "DENY",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
}

#: Headers of uploaded images: other sites can embed them, and no script in them runs.
IMAGE_HEADERS = DEFAULT_HEADERS | {
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cross-Origin-Resource-Policy": "cross-origin",
}

#: Content-Security-Policy of pages, as in SECURE_CSP. Authors embed players: frames may come from
#: the providers that markup knows, after a click.
PAGE_CSP: dict[str, list[str]] = {
    "default-src": [CSP.SELF],
    "script-src": [CSP.SELF, CSP.NONCE],
    "style-src": [CSP.SELF, CSP.NONCE],
    "img-src": [CSP.SELF, "data:", "https:"],
    "media-src": [CSP.SELF, "https:"],
    "font-src": [CSP.SELF],
    "connect-src": [CSP.SELF],
    "frame-src": ["https:"],
    "frame-ancestors": [CSP.NONE],
    "form-action": [CSP.SELF],
    "base-uri": [CSP.NONE],
    "object-src": [CSP.NONE],
}
