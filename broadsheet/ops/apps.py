"""Configuration of the ops app."""

import os
from importlib.util import find_spec

from django.apps import AppConfig
from django.conf import settings


class OpsConfig(AppConfig):
    """Interface for operators: server, backup, database copy, deployment, monitoring."""

    name = "broadsheet.ops"
    verbose_name = "ops"

    def ready(self) -> None:
        """Register checks and signal receivers, and take the shared lock on the data folder.

        Sets the environment variables that libraries read. Raises StartupError while a restore is
        running.
        """
        settings.ENV.export()
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(settings.METRICS_FOLDER)  # read by its import
        # These need the models.
        from broadsheet.ops import checks  # noqa: PLC0415
        from broadsheet.ops.backup import data_lock  # noqa: PLC0415
        from broadsheet.ops.monitoring import error_reporting  # noqa: PLC0415
        from broadsheet.ops.server import job_recovery  # noqa: F401, PLC0415 - connects a receiver

        os.umask(0o077)  # new files are private; code that publishes one sets its mode itself
        checks.setup()
        error_reporting.setup()
        if settings.TRACES_URL and find_spec("opentelemetry"):  # else a check reports it
            from broadsheet.ops.monitoring import tracing  # noqa: PLC0415 - an optional dependency

            tracing.setup()
        data_lock.acquire_shared()
