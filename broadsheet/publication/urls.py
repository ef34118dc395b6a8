"""URLs of the first-run setup."""

from django.urls import URLPattern, path

from broadsheet.publication.views import setup

app_name = "publication"
urlpatterns: list[URLPattern] = [path("claim/<key>", setup, name="site-setup")]
