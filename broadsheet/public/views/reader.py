"""What a page shows of the one who reads it."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe


@require_safe
def reader(request: HttpRequest) -> HttpResponse:
    """Send the part of the header that differs from reader to reader. `public/reader.html`.

    Public pages fetch it by script and put it in the place of their static links to log in.
    Context: `user`, `messages` (those waiting; shown here, they are gone), and the form token for
    logging out (`{% csrf_token %}`).
    """
    response = render(request, "public/reader.html")
    response.headers["Cache-Control"] = "private, no-store"
    response.headers["X-Robots-Tag"] = "noindex"
    return response
