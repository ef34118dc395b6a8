"""Settings of the services that the site connects to: database, Redis and mail server."""

from urllib.parse import urlsplit

from broadsheet.conf import server
from broadsheet.lib.env import Env, Setting
from broadsheet.lib.setting_parsers import integer, mail_domain, mailbox, url


def _default_sender(env: Env) -> str:
    return f"broadsheet@{mail_domain(str(urlsplit(env[server.SITE_URL]).hostname))}"


DATABASE_URL = Setting(
    "DATABASE_URL",
    url("sqlite", "postgres", "postgresql"),
    default=lambda env: f"sqlite:///{env[server.DATA]}/broadsheet.sqlite3",
    example="postgresql://user:password@localhost/broadsheet",
    help="Database: SQLite or PostgreSQL. For PostgreSQL you can list several hosts, separated by "
    "commas; Broadsheet uses [the one that accepts "
    "writes](growing.md#the-database-and-the-limits). Percent-encode special characters in "
    "the password (`@` is `%40`). Default: `sqlite:///` and the file `broadsheet.sqlite3` in "
    "the data folder.",
    is_secret=True,
)
DATABASE_REPLICA_URL = Setting(
    "DATABASE_REPLICA_URL",
    url("postgres", "postgresql"),
    default="",
    example="postgresql://user:password@replica/broadsheet",
    help="Streaming replica of PostgreSQL. Pages for anonymous visitors are rendered from it once "
    "it has caught up with what they must show: [PostgreSQL, Redis, "
    "S3](growing.md#a-replica-to-read-from). Default: everything is read from `DATABASE_URL`.",
    is_secret=True,
)
STATEMENT_SECONDS = Setting(
    "BROADSHEET_STATEMENT_SECONDS",
    integer(0, 86_400),
    default="60",
    example="30",
    help="PostgreSQL's `statement_timeout` and `idle_in_transaction_session_timeout`, in seconds, "
    "0 to 86400. Migrations are exempt. 0 disables both.",
)
CACHE_URL = Setting(
    "CACHE_URL",
    url("redis", "rediss"),
    default="",
    example="redis://localhost:6379/0",
    help="Redis, for login and API rate limits: `redis://` or `rediss://`. While Redis is "
    "unreachable, each process counts on its own. Default: login limits are counted in the "
    "database, API limits in each process.",
    is_secret=True,
)
EMAIL_URL = Setting(
    "EMAIL_URL",
    url("smtp", "smtps", "smtp+tls", "smtp+ssl"),
    default="",
    example="smtp+tls://user:password@mail.example.org:587",
    help="Mail server: `smtp://`, `smtps://`, `smtp+tls://` or `smtp+ssl://`. Default: e-mails are "
    "written to the folder `mail` in the data folder, and sign-up does not ask for "
    "confirmation.",
    is_secret=True,
)
DEFAULT_FROM_EMAIL = Setting(
    "DEFAULT_FROM_EMAIL",
    mailbox,
    default=_default_sender,
    example="The Example <post@example.org>",
    help="Sender of all e-mails: an address, or `Name <address>`. Put a name that contains a comma "
    "in quotes. Default: `broadsheet@` and the host of `BROADSHEET_URL`.",
)
