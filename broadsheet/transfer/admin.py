"""Imports in the admin: to be looked at."""

from django.contrib import admin

from broadsheet.posts.admin import ReadOnly
from broadsheet.transfer.models import ImportedImage, ImportedPost, ImportRun


@admin.register(ImportRun)
class ImportRunAdmin(ReadOnly):
    """Every import from the browser, and how it went."""

    list_display = ("created_at", "origin", "status", "done", "total", "author", "started_by")
    list_select_related = ("author", "started_by")
    list_filter = ("status", "origin")
    search_fields = ("author__username", "summary")


@admin.register(ImportedPost)
class ImportedPostAdmin(ReadOnly):
    """What imports last wrote of each post."""

    list_display = ("post", "version", "slug", "status", "remote_images", "is_garbled")
    list_select_related = ("post",)
    list_filter = ("is_garbled",)
    search_fields = ("post__title", "slug")


@admin.register(ImportedImage)
class ImportedImageAdmin(ReadOnly):
    """Where the images that were brought here came from."""

    list_display = ("address", "image")
    list_select_related = ("image",)
    search_fields = ("address",)
