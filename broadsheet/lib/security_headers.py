"""The security headers of every answer: one table for Django, the page cache and nginx.

What a page needs besides is its own: the Content-Security-Policy of pages is `SECURE_CSP` in the
settings, and `Strict-Transport-Security` is sent where the site has https.
"""

#: What no page of the site uses, nor any page that it embeds may ask for.
_UNUSED = (
    "camera", "display-capture", "geolocation", "hid", "magnetometer", "microphone", "midi",
    "payment", "serial", "usb", "xr-spatial-tracking",
)  # fmt: skip

#: Of every answer, unless it has one of its own.
EVERY_ANSWER = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": ", ".join(f"{feature}=()" for feature in _UNUSED),
    "X-Frame-Options": "DENY",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
}

#: Of images that people uploaded: other sites may show them, and nothing in them is run.
IMAGES = EVERY_ANSWER | {
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cross-Origin-Resource-Policy": "cross-origin",
}
