"""URLs for operators and monitoring."""

from django.urls import path

from broadsheet.ops.monitoring import status, views

app_name = "ops"
urlpatterns = [
    path("healthz", views.healthz, name="healthz"),
    path("studio/status", status.StatusView.as_view(), name="status"),
    path("readyz", views.readyz, name="readyz"),
    path("metrics", views.metrics, name="metrics"),
]
