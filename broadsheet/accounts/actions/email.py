"""E-mail address of an account, the same here and in django-allauth's table."""

from allauth.account.models import EmailAddress
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from broadsheet.accounts.models import User
from broadsheet.lib.row_locks import lock


@transaction.atomic
def change_email(user: User, email: str) -> User:
    """Change the e-mail address of `user` at once, unconfirmed. Raises ValidationError."""
    user = lock(user)
    user.email = email.lower()
    user.clean_fields(exclude=["password"])
    if User.objects.filter(email__iexact=user.email).exclude(pk=user.pk).exists():
        raise ValidationError({"email": _("This e-mail address is already in use.")})
    user.save(update_fields=["email"])
    EmailAddress.objects.filter(user=user).delete()
    EmailAddress.objects.create(user=user, email=user.email, primary=True)
    return user


@transaction.atomic
def mark_email_verified(user: User) -> User:
    """Treat the address as confirmed: its owner has the site's console or the setup link.

    Otherwise a misconfigured mail server would lock the owner out.
    """
    user = lock(user)
    EmailAddress.objects.filter(user=user).exclude(email=user.email).delete()
    EmailAddress.objects.update_or_create(
        user=user, email=user.email, defaults={"primary": True, "verified": True}
    )
    return user


@transaction.atomic
def request_email_change(user: User, email: str) -> EmailAddress:
    """Record the change of `user`'s address to `email`, which replaces earlier requests.

    The current address stays until the new one is confirmed.
    """
    user = lock(user)
    pending = EmailAddress.objects.filter(user=user, verified=False)
    pending.exclude(email=user.email).delete()
    address: EmailAddress = EmailAddress.objects.get_or_create(user=user, email=email.lower())[0]
    return address
