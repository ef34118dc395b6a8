"""App configuration."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate, pre_migrate


class PagecacheConfig(AppConfig):
    """Page cache."""

    name = "broadsheet.pagecache"

    def ready(self) -> None:
        """Create the triggers that apps declare after each migration."""
        from broadsheet.pagecache import triggers  # noqa: PLC0415 - needs the models

        pre_migrate.connect(triggers.before_migrate, sender=self)
        post_migrate.connect(triggers.after_migrate, sender=self)
