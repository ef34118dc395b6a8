"""The composition root: every door and room that has addresses, and nothing else."""

from django.contrib import admin
from django.urls import include, path

from broadsheet.public.views.not_found import NotFoundView

handler400 = "broadsheet.ops.middleware.bad_request"
handler500 = "broadsheet.ops.middleware.server_error"
handler404 = "broadsheet.public.views.errors.not_found"
urlpatterns = [
    # What most is asked of stands first; a post's address is public.urls' own first one.
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
