"""Root URLconf: includes the URLs of each app."""

from django.contrib import admin
from django.urls import include, path

from broadsheet.public.views.not_found import NotFoundView

handler400 = "broadsheet.ops.middleware.bad_request"
handler500 = "broadsheet.ops.middleware.server_error"
handler404 = "broadsheet.public.views.errors.not_found"
urlpatterns = [
    # The most requested URLs come first; `public.urls` begins with posts.
    path("api", include("broadsheet.api.urls")),
    path("", include("broadsheet.public.urls")),
    path("admin/", admin.site.urls),
    path("", include("broadsheet.ops.urls")),
    path("", include("broadsheet.accounts.urls")),
    path("", include("broadsheet.publication.urls")),
    path("media/", include("broadsheet.media.urls")),
    path("studio/import", include("broadsheet.transfer.urls")),
    path("studio", include("broadsheet.studio.urls")),
    path("<path:path>", NotFoundView.as_view(), name="not_found"),
]
