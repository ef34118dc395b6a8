"""URLs of the import pages."""

from django.urls import URLPattern, path

from broadsheet.transfer import views

app_name = "transfer"
urlpatterns: list[URLPattern] = [
    path("", views.ImportIndex.as_view(), name="import"),
    path("/<uuid:pk>", views.RunDetail.as_view(), name="run"),
    path("/<uuid:pk>/cancel", views.CancelRun.as_view(), name="run-cancel"),
    path("/<uuid:pk>/resume", views.ResumeRun.as_view(), name="run-resume"),
    path("/<uuid:pk>/report", views.ReportDownload.as_view(), name="run-report"),
]
