"""The site and its redirects in the admin."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from broadsheet.lib.admin import CappedPaginator
from broadsheet.publication import actions
from broadsheet.publication.models import Redirect, Site


@admin.register(Site)
class SiteAdmin(admin.ModelAdmin[Site]):
    """Settings of the site: one row."""

    list_display = ("name", "tagline", "language", "updated_at")
    autocomplete_fields = ("logo",)

    def has_add_permission(self, request: HttpRequest) -> bool:  # noqa: ARG002 - Django's signature
        """Return False: there is exactly one."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:  # noqa: ARG002
        """Return False: there is exactly one."""
        return False

    def save_model(self, request: HttpRequest, obj: Site, form: Any, change: bool) -> None:  # noqa: ARG002, FBT001
        """Save through the action."""
        actions.edit_site(**form.cleaned_data)


@admin.register(Redirect)
class RedirectAdmin(admin.ModelAdmin[Redirect]):
    """Redirects of old paths."""

    list_display = ("old_path", "new_path", "status", "created_at")
    list_filter = ("status",)
    search_fields = ("old_path", "new_path")
    paginator = CappedPaginator
    show_full_result_count = False

    def get_readonly_fields(
        self,
        request: HttpRequest,  # noqa: ARG002 - Django's signature
        obj: Redirect | None = None,
    ) -> tuple[str, ...]:
        """Do not change the path of a redirect: another path is another redirect."""
        return ("old_path",) if obj else ()

    def save_model(self, request: HttpRequest, obj: Redirect, form: Any, change: bool) -> None:  # noqa: ARG002, FBT001
        """Save through the action."""
        redirect = actions.add_redirect(obj.old_path, obj.new_path, status=obj.status)
        obj.pk = redirect.pk

    def delete_model(self, request: HttpRequest, obj: Redirect) -> None:  # noqa: ARG002
        """Delete through the action."""
        actions.delete_redirects_for([obj.old_path])

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Redirect]) -> None:  # noqa: ARG002
        """Delete through the action."""
        actions.delete_redirects_for(queryset.values_list("old_path", flat=True))
