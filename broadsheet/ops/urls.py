"""Addresses of the ops room."""

from django.urls import URLPattern

app_name = "ops"
urlpatterns: list[URLPattern] = []
