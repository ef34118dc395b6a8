"""Settings of the server process: addresses, proxies, keys and limits of requests."""

from broadsheet.lib.env import Setting
from broadsheet.lib.setting_parsers import (
    boolean,
    folder,
    integer,
    local_url,
    names,
    site_url,
    text,
)

DATA = Setting(
    "BROADSHEET_DATA",
    folder,
    default="data",
    example="/var/lib/broadsheet",
    help="Data folder: database, images, e-mails, keys and collected static files. It is created "
    "so that only its owner can access it.",
)
HOST = Setting(
    "HOST",
    text,
    default="127.0.0.1",
    example="0.0.0.0",  # noqa: S104 - an example
    help="Network address that `serve` listens on. The default accepts connections from this "
    "machine only.",
)
PORT = Setting(
    "PORT",
    integer(1, 65_535),
    default="8000",
    example="8001",
    help="Port that `serve` listens on, 1 to 65535. Default: 8000 or, if it is taken, the next "
    "free port. If you set it and it is taken, `serve` does not start.",
)
SITE_URL = Setting(
    "BROADSHEET_URL",
    site_url,
    default=lambda env: local_url(env[HOST], env[PORT]),
    example="https://example.org",
    help="Public URL of the site. With https, cookies are `Secure`, HSTS is sent and http "
    "redirects to https. Default: `http://HOST:PORT`.",
)
PROCESSES = Setting(
    "BROADSHEET_PROCESSES",
    integer(1, 256),
    default="1",
    example="4",
    help="Number of server processes that `serve` starts, 1 to 256. One per core is a good choice.",
)
THREADS = Setting(
    "BROADSHEET_THREADS",
    integer(1, 64),
    default="2",
    example="4",
    help="Render threads per server process (used on cache misses), 1 to 64. Each has its own "
    "database connection. Other threads serve cached pages.",
)
WORKER = Setting(
    "BROADSHEET_WORKER",
    boolean,
    default="yes",
    example="no",
    help="Run a background worker inside `serve`. If not, run [`broadsheet "
    "worker`](deploying.md#going-public).",
)
ALLOWED_HOSTS = Setting(
    "ALLOWED_HOSTS",
    names,
    default="",
    example="example.org,www.example.org",
    help="Comma-separated list of further host names of the site, in addition to the host of "
    "`BROADSHEET_URL` and to localhost.",
)
PROXIES = Setting(
    "BROADSHEET_PROXIES",
    integer(0, 8),
    default="0",
    example="1",
    help="Number of trusted reverse proxies. That many entries of `X-Forwarded-For` are trusted, "
    "and `X-Forwarded-Proto`. Leave it at 0 without a proxy, because anyone can send these "
    "headers.",
)
HSTS_SUBDOMAINS = Setting(
    "BROADSHEET_HSTS_SUBDOMAINS",
    boolean,
    default="no",
    example="yes",
    help="Add `includeSubDomains` and `preload` to the HSTS header. This is hard to undo.",
)
SECRET_KEY = Setting(
    "SECRET_KEY",
    text,
    default="",
    example="a-long-random-text",
    help="Key that signs sessions and links. Default: the file `secret-key` in the data folder, "
    "created on the first run (mode 0600). Several machines must share one key.",
    is_secret=True,
)
SECRET_KEY_FALLBACKS = Setting(
    "SECRET_KEY_FALLBACKS",
    names,
    default="",
    example="the-key-before,the-one-before-that",
    help="Comma-separated list of old secret keys. Data signed with them stays valid: "
    "[Operating](operating.md#a-new-secret-key).",
    is_secret=True,
)
API_PER_MINUTE = Setting(
    "BROADSHEET_API_PER_MINUTE",
    integer(0, 1_000_000),
    default="120",
    example="600",
    help="API rate limit: requests per minute and IP address without authentication; users get "
    "five times as many. 0: no limit.",
)
DEBUG = Setting(
    "DEBUG",
    boolean,
    default="no",
    example="yes",
    help="Show tracebacks in the browser and serve static files from the source folders. For "
    "development only.",
)
