"""`createsuperuser`: creates an owner's account; the first one sets up the site."""

import os
from typing import Any

from django.contrib.auth.management.commands import createsuperuser
from django.core.management.base import CommandError
from django.db import IntegrityError, transaction

from broadsheet.accounts.actions import mark_email_verified
from broadsheet.accounts.models import User
from broadsheet.publication.models import Site


class Command(createsuperuser.Command):
    help = "Create an owner's account. The first one sets up the site."

    # The constraint is on the lower-case name, which Django does not recognize.
    username_is_unique = True

    def handle(self, *args: Any, **options: Any) -> None:
        if not options["interactive"] and not os.environ.get("DJANGO_SUPERUSER_PASSWORD"):
            raise CommandError(
                "An owner without a password cannot log in. Set DJANGO_SUPERUSER_PASSWORD, or "
                "omit --noinput to enter one."
            )
        before = set(User.objects.owners().values_list("pk", flat=True))
        try:
            super().handle(*args, **options)  # prompts, so not in a transaction
        except IntegrityError as error:
            raise CommandError(
                "This username or e-mail address is already in use. Choose another."
            ) from error
        with transaction.atomic():
            Site.objects.get_or_create(id=1)
            for owner in User.objects.owners().exclude(pk__in=before):
                mark_email_verified(owner)
