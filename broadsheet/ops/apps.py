"""The ops room as Django knows it."""

import os

from django.apps import AppConfig
from django.conf import settings


class OpsConfig(AppConfig):
    """Door: serving, background work and the commands of the operator."""

    name = "broadsheet.ops"
    verbose_name = "ops"

    def ready(self) -> None:
        """Name in the logs what is being done, and let a restore know that the site is in use.

        Raises Refused while a restore is under way.
        """
        from broadsheet.ops import checks  # noqa: PLC0415 - with apps there
        from broadsheet.ops.backup import data_lock  # noqa: PLC0415 - it needs the models
        from broadsheet.ops.database import statement_timeouts  # noqa: PLC0415 - with apps there
        from broadsheet.ops.monitoring import error_reporting  # noqa: PLC0415 - with apps there
        from broadsheet.ops.server import job_recovery  # noqa: F401, PLC0415 - with apps there

        os.umask(0o077)  # what is written is for its owner, but what is made public on purpose
        checks.begin()
        error_reporting.begin()
        if settings.TRACES_URL:
            from broadsheet.ops.monitoring import tracing  # noqa: PLC0415 - for those who want them

            tracing.begin()
        statement_timeouts.watch()
        data_lock.enter()
