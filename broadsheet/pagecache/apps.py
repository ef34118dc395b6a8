"""The pagecache room as Django knows it."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate, pre_migrate


class PagecacheConfig(AppConfig):
    """The page cache."""

    name = "broadsheet.pagecache"

    def ready(self) -> None:
        """Keep the triggers as the rooms declare them."""
        from broadsheet.pagecache import front, triggers  # noqa: PLC0415 - models come first

        pre_migrate.connect(triggers.before_migrate, sender=self)
        post_migrate.connect(triggers.after_migrate, sender=self)
        front.watch()
