"""Addresses of the publication room."""

from django.urls import URLPattern, path

from broadsheet.publication.views import claim

app_name = "publication"
urlpatterns: list[URLPattern] = [path("claim/<key>", claim, name="claim")]
