"""URLs of image files."""

from django.urls import path

from broadsheet.media.views import serve

app_name = "media"
urlpatterns = [path("<path:name>", serve, name="image-file")]
