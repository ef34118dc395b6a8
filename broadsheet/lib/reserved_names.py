"""Reserved user names, which cannot be taken at sign-up."""

#: Role mailboxes (RFC 2142, sections 3 to 6), and mailboxes that certificates are issued to.
_MAILBOXES = """
    abuse admin administrator ftp hostmaster info mailer-daemon marketing news no-reply noc
    noreply postmaster sales security ssladmin ssladministrator sslwebmaster support sysadmin
    usenet uucp webmaster www
"""

#: Names that visitors could mistake for the site, its staff or its servers.
_SITE = """
    about account accounts anonymous author authors autoconfig autodiscover billing blog
    broadcasthost broadsheet contact editor editors everybody everyone guest guests help here
    host imap isatap localdomain localhost mail me member members moderator moderators myself
    news nobody official owner owners pop pop3 privacy reader readers root self server site smtp
    somebody someone staff subscriber subscribers system team terms user users visitor visitors
    webmail wpad you
"""

#: Values that programs treat as the absence of a name, or as a number.
_VALUES = "false inf infinity nan nil none null true undefined unknown void"

#: First path segments of the site's URLs; a test compares them with its routes.
_ROUTES = """
    admin api apple-touch-icon archive atom claim comments embed favicon feed feeds fragments
    healthz home humans invitation invite login logout media metrics newsletter opensearch page
    password preview profile readyz robots rss search series share signup sitemap
    sitemap-authors sitemap-pages sitemap-posts sitemap-series sitemap-tags speculation-rules
    static studio tag tags theme verify well-known
"""

RESERVED_NAMES = frozenset(f"{_MAILBOXES} {_SITE} {_VALUES} {_ROUTES}".split())
