"""Django configuration of the app `accounts`."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AccountsConfig(AppConfig):
    """Users, profiles, roles, sign-up and login."""

    name = "broadsheet.accounts"
    verbose_name = _("accounts")

    def ready(self) -> None:
        """Register the cache tags."""
        from broadsheet.accounts import cache_tags  # noqa: F401, PLC0415 - models must be loaded first
