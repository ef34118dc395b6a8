"""Security headers of all responses: one table for Django, the page cache and nginx.

The Content-Security-Policy of pages is `SECURE_CSP` in the settings; `Strict-Transport-Security` is
sent if the site uses https.
"""

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
