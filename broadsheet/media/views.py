"""Serves image files, for sites without a web server or object storage in front."""

import posixpath
import re

from django.core.files.storage import default_storage
from django.http import FileResponse, Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.utils.cache import get_conditional_response
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from broadsheet.lib.image_variants import ImageVariants
from broadsheet.lib.images import MIMES
from broadsheet.lib.security_headers import IMAGE_HEADERS

# Serve only files that this site wrote, even if the folder has others.
_VARIANT = re.compile(r"[0-9a-f]{2}/[0-9a-f]{64}/\d{1,5}\.(?:avif|webp)")
_ORIGINAL = re.compile(r"[0-9a-f]{2}/[0-9a-f]{64}/\d+x\d+(?:-[0-9a-f]{3})?\.[a-z]+")
_AVATAR = re.compile(r"avatars/[0-9a-f]{64}\.webp")


@require_safe
def serve(request: HttpRequest, name: str) -> HttpResponseBase:
    """Send an image file; for a variant that is not made yet, the original."""
    is_variant = _VARIANT.fullmatch(name) is not None
    is_original = (
        _ORIGINAL.fullmatch(name) is not None and ImageVariants.parse(f"/{name}") is not None
    )
    if not (is_variant or is_original or _AVATAR.fullmatch(name)):
        raise Http404(_("Image not found."))
    if default_storage.exists(name):
        etag = f'"{name}"'
        unchanged = get_conditional_response(request, etag=etag)
        response = unchanged or _file_response(name)
        for header, value in IMAGE_HEADERS.items():  # of a 304 too
            response.headers[header] = value
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        response.headers["ETag"] = etag
        return response
    if is_variant and (original := _find_original(posixpath.dirname(name))):
        response = _file_response(original)
        response.headers["Cache-Control"] = "public, max-age=30"
        return response
    raise Http404(_("Image not found."))


def _find_original(folder: str) -> str | None:
    try:
        _folders, files = default_storage.listdir(folder)
    except FileNotFoundError:
        return None
    names = (f"{folder}/{name}" for name in files)
    return next((name for name in names if ImageVariants.parse(f"/{name}")), None)


def _file_response(name: str) -> FileResponse:
    extension = name.rsplit(".", 1)[1]
    return FileResponse(
        default_storage.open(name), content_type=MIMES[extension], headers=IMAGE_HEADERS
    )
