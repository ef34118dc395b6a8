"""Addresses of the transfer room."""

from django.urls import URLPattern, path

from broadsheet.transfer import views

app_name = "transfer"
urlpatterns: list[URLPattern] = [
    path("", views.Import.as_view(), name="import"),
    path("/<uuid:pk>", views.Run.as_view(), name="run"),
    path("/<uuid:pk>/cancel", views.Cancel.as_view(), name="run-cancel"),
    path("/<uuid:pk>/resume", views.Resume.as_view(), name="run-resume"),
    path("/<uuid:pk>/report", views.ReportFile.as_view(), name="run-report"),
]
