"""How django-allauth behaves here."""

from allauth.account.adapter import DefaultAccountAdapter


class Adapter(DefaultAccountAdapter):  # type: ignore[misc] # allauth has no types
    """Sign-up, login and mail as this site wants them."""
