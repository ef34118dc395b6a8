"""Imports in the admin, read-only."""

from django.contrib import admin

from broadsheet.posts.admin import ReadOnlyAdmin
from broadsheet.transfer.models import ImportedImage, ImportedPost, ImportRun


@admin.register(ImportRun)
class ImportRunAdmin(ReadOnlyAdmin):
    """Imports that were started in the browser, with their results."""

    list_display = ("created_at", "origin", "status", "done", "total", "author", "started_by")
    list_select_related = ("author", "started_by")
    list_filter = ("status", "origin")
    search_fields = ("author__username", "summary")


@admin.register(ImportedPost)
class ImportedPostAdmin(ReadOnlyAdmin):
    """State of each imported post after its last import."""

    list_display = ("post", "version", "slug", "status", "remote_images", "is_garbled")
    list_select_related = ("post",)
    list_filter = ("is_garbled",)
    search_fields = ("post__title", "slug")


@admin.register(ImportedImage)
class ImportedImageAdmin(ReadOnlyAdmin):
    """Original URLs of imported images."""

    list_display = ("url", "image")
    list_select_related = ("image",)
    search_fields = ("url",)
