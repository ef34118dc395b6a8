"""Images in the admin."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from broadsheet.lib.paginator import CappedPaginator
from broadsheet.media import actions
from broadsheet.media.models import Image


@admin.register(Image)
class ImageAdmin(admin.ModelAdmin[Image]):
    """All images. They are uploaded in the studio; here they are found and described."""

    list_display = ("name", "owner", "mime", "width", "height", "bytes", "created_at")
    list_select_related = ("owner",)
    list_filter = ("mime", "has_variants")
    search_fields = ("name", "alt", "digest")
    fields = ("alt", "name", "file", "owner", "mime", "width", "height", "bytes", "has_variants")
    readonly_fields = fields[1:]
    paginator = CappedPaginator
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:  # noqa: ARG002 - Django's signature
        """Refuse: uploads are checked where they come in."""
        return False

    def save_model(self, request: HttpRequest, obj: Image, form: Any, change: bool) -> None:  # noqa: ARG002, FBT001
        """Save through the action."""
        actions.describe(obj, alt=form.cleaned_data["alt"])
