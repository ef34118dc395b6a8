"""Permissions on the site's settings and its redirects."""

from broadsheet.accounts.policy import is_owner

#: Only owners change the site, and the redirects, which decide which URLs work.
can_change_site = can_change_redirects = is_owner
