"""Images in the admin."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest

from broadsheet.lib.admin import CappedPaginator
from broadsheet.media import actions
from broadsheet.media.models import Image

EDITABLE = tuple(actions.ImageDetails.__annotations__)


@admin.register(Image)
class ImageAdmin(admin.ModelAdmin[Image]):
    """All images, to search and describe. They are uploaded in the studio."""

    list_display = ("name", "owner", "mime", "width", "height", "bytes", "created_at")
    list_select_related = ("owner",)
    list_filter = ("mime", "has_variants")
    search_fields = ("name", "alt", "caption", "credit", "digest")
    readonly_fields = ("name", "file", "owner", "mime", "width", "height", "bytes", "has_variants")
    fields = (*EDITABLE, *readonly_fields)
    paginator = CappedPaginator
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:  # noqa: ARG002 - Django's signature
        """Return False: images are uploaded in the studio, which checks them."""
        return False

    def save_model(self, request: HttpRequest, obj: Image, form: Any, change: bool) -> None:  # noqa: ARG002, FBT001
        """Save through the action."""
        actions.edit(obj, **{name: form.cleaned_data[name] for name in form.changed_data})

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """Add the images in use to the protected objects: the admin then refuses to delete."""
        to_delete, counts, permissions, protected = super().get_deleted_objects(objs, request)
        for image in objs:
            try:
                actions.check_deletable(image)
            except ValidationError as error:
                protected.append(f"{image}: {' '.join(error.messages)}")
        return to_delete, counts, permissions, protected

    def delete_model(self, request: HttpRequest, obj: Image) -> None:  # noqa: ARG002
        """Delete through the action."""
        actions.delete(obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Image]) -> None:  # noqa: ARG002
        """Delete through the action."""
        for image in queryset:
            actions.delete(image)
