"""Who may change the site itself."""

from django.contrib.auth.models import AnonymousUser

from broadsheet.accounts.models import User


def can_change_site(user: User | AnonymousUser) -> bool:
    """Owners only."""
    return isinstance(user, User) and user.is_owner


#: Redirects decide which addresses work, so they too are the owners'.
can_change_redirects = can_change_site
