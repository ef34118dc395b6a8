"""The address an account is reached at, kept alike here and in django-allauth's table."""

from allauth.account.models import EmailAddress
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from broadsheet.accounts.models import User


@transaction.atomic
def change_email(user: User, email: str) -> User:
    """Reach `user` at `email` from now on, unconfirmed. Raises ValidationError."""
    user.email = email.lower()
    user.clean_fields(exclude=["password"])
    if User.objects.filter(email__iexact=user.email).exclude(pk=user.pk).exists():
        raise ValidationError({"email": _("This e-mail address is already in use.")})
    user.save(update_fields=["email"])
    EmailAddress.objects.filter(user=user).delete()
    EmailAddress.objects.create(user=user, email=user.email, primary=True)
    return user


@transaction.atomic
def vouch_for_email(user: User) -> EmailAddress:
    """Take the address as confirmed: its holder has the site's console or the claim link.

    Otherwise a mail server that is set up wrongly would lock the owner out.
    """
    EmailAddress.objects.filter(user=user).exclude(email=user.email).delete()
    address: EmailAddress = EmailAddress.objects.update_or_create(
        user=user, email=user.email, defaults={"primary": True, "verified": True}
    )[0]
    return address


@transaction.atomic
def propose_email(user: User, email: str) -> EmailAddress:
    """Note that `user` wants to be reached at `email`, in place of earlier wishes.

    The address they have stays theirs until the new one is confirmed.
    """
    waiting = EmailAddress.objects.filter(user=user, verified=False)
    waiting.exclude(email=user.email).delete()
    address: EmailAddress = EmailAddress.objects.get_or_create(user=user, email=email.lower())[0]
    return address
