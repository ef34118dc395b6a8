"""App configuration."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PostsConfig(AppConfig):
    """Posts, their revisions, tags and series."""

    name = "broadsheet.posts"
    verbose_name = _("posts")

    def ready(self) -> None:
        """Connect the receivers and register the cache tags."""
        from broadsheet.posts import cache_tags, receivers  # noqa: F401, PLC0415 - models must be loaded first
