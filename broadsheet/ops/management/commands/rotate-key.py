"""`broadsheet rotate-key`: create a new secret key without logging anyone out."""

import datetime as dt
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from broadsheet.conf import server
from broadsheet.lib import secret_keys


class Command(BaseCommand):
    help = (
        "Create a new secret key. Data signed with the old one stays valid for the lifetime of"
        " sessions, so no one is logged out."
    )
    requires_system_checks = ()

    def handle(self, *_args: Any, **_options: Any) -> None:
        if settings.ENV.is_set(server.SECRET_KEY):
            raise CommandError(
                "SECRET_KEY is set. Set it to the new key, and add the old key to "
                "SECRET_KEY_FALLBACKS for 30 days."
            )
        now = timezone.now()
        lifetime = dt.timedelta(seconds=settings.SESSION_COOKIE_AGE)
        try:
            secret_keys.rotate(settings.DATA / "secret-key", at=now, since=now - lifetime)
        except OSError as error:
            raise CommandError(f"The key cannot be written: {error.strerror}.") from error
        self.stdout.write(
            "The new key is in place. Restart the site. Data signed with the old key stays "
            f"valid for {lifetime.days} days."
        )
