"""The site and its redirects in the admin."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from broadsheet.lib.paginator import CappedPaginator
from broadsheet.publication import actions
from broadsheet.publication.models import Redirect, Site


@admin.register(Site)
class SiteAdmin(admin.ModelAdmin[Site]):
    """The one row that says what the site is called and how it looks."""

    list_display = ("name", "tagline", "language", "updated_at")
    autocomplete_fields = ("logo",)

    def has_add_permission(self, request: HttpRequest) -> bool:  # noqa: ARG002 - Django's signature
        """Refuse: there is one."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:  # noqa: ARG002
        """Refuse: there is one."""
        return False

    def save_model(self, request: HttpRequest, obj: Site, form: Any, change: bool) -> None:  # noqa: ARG002, FBT001
        """Save through the action."""
        actions.edit_site(**form.cleaned_data)


@admin.register(Redirect)
class RedirectAdmin(admin.ModelAdmin[Redirect]):
    """Old addresses and where they lead."""

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
        """Keep the path of a redirect that stands; another path is another redirect."""
        return ("old_path",) if obj else ()

    def save_model(self, request: HttpRequest, obj: Redirect, form: Any, change: bool) -> None:  # noqa: ARG002, FBT001
        """Save through the action."""
        saved = actions.redirect(obj.old_path, obj.new_path, status=obj.status)
        obj.pk = saved.pk
