"""App configuration."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class StatisticsConfig(AppConfig):
    """Views of posts."""

    name = "broadsheet.statistics"
    verbose_name = _("statistics")
