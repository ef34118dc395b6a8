"""All settings. Those a person may change come from the environment or a `.env` file.

`docs/settings.md` says what each does; `broadsheet config` prints what is in force.
"""

import datetime as dt
import importlib.util
import os
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import django_stubs_ext
import environ
from django.utils.csp import CSP
from whitenoise.compress import Compressor

from broadsheet.lib import env as read
from broadsheet.lib import secret_keys
from broadsheet.lib.env import Env
from broadsheet.lib.file_storage import make_public
from broadsheet.lib.reserved_names import RESERVED_NAMES
from broadsheet.lib.security_headers import DEFAULT_HEADERS

# Lets classes such as ModelAdmin[Post] be written with their model at run time too.
django_stubs_ext.monkeypatch()

PACKAGE = Path(__file__).resolve().parent
ENV = Env.of_process()

# --- Where things are -------------------------------------------------------------------------

DATA = Path(
    ENV.read(
        "BROADSHEET_DATA",
        read.text,
        default="data",
        example="/var/lib/broadsheet",
        help="Data folder: database, media, mail and keys.",
    )
).absolute()
try:
    DATA.mkdir(mode=0o700, parents=True, exist_ok=True)
except OSError as error:
    raise read.Refused(
        f"BROADSHEET_DATA: {DATA} cannot be created ({error.strerror}). For example: "
        "BROADSHEET_DATA=/var/lib/broadsheet"
    ) from error

HOST = ENV.read(
    "HOST",
    read.text,
    default="127.0.0.1",
    example="0.0.0.0",  # noqa: S104 - an example
    help="Network address that `broadsheet serve` listens on.",
)
PORT = ENV.read(
    "PORT",
    read.integer(1, 65535),
    default="8000",
    example="8001",
    help="Port that `broadsheet serve` listens on. Default: 8000, or the next free port.",
)
SITE_URL = ENV.read(
    "BROADSHEET_URL",
    read.site_address,
    default=read.local_address(HOST, PORT),
    example="https://example.org",
    help="Public URL of the site. With https, cookies are secure and HSTS is sent.",
)
SERVE_THREADS = ENV.read(
    "BROADSHEET_THREADS",
    read.integer(1, 64),
    default="2",
    example="4",
    help="Render threads per server process (used on cache misses).",
)
SERVE_PROCESSES = ENV.read(
    "BROADSHEET_PROCESSES",
    read.integer(1, 256),
    default="1",
    example="4",
    help="Number of server processes that `broadsheet serve` starts.",
)

SERVE_WORKER = ENV.read(
    "BROADSHEET_WORKER",
    read.boolean,
    default="yes",
    example="no",
    help="Run a background worker inside `broadsheet serve`. If not, run `broadsheet worker`.",
)

# --- Security ---------------------------------------------------------------------------------

DEBUG = ENV.read(
    "DEBUG",
    read.boolean,
    default="no",
    example="yes",
    help="Show tracebacks in the browser. For development only.",
)


SECRET_KEY = ENV.read(
    "SECRET_KEY",
    read.text,
    default="",
    example="a-long-random-text",
    help="Key that signs sessions and links. Default: the file `secret-key` in the data folder.",
    is_secret=True,
)
if not SECRET_KEY:
    try:
        SECRET_KEY = secret_keys.current_key(DATA / "secret-key")
    except OSError as error:
        raise read.Refused(
            f"BROADSHEET_DATA: {DATA / 'secret-key'} cannot be written ({error.strerror}). For "
            "example: BROADSHEET_DATA=/var/lib/broadsheet"
        ) from error
SESSION_COOKIE_AGE = 60 * 60 * 24 * 30
SECRET_KEY_FALLBACKS = ENV.read(
    "SECRET_KEY_FALLBACKS",
    read.names,
    default="",
    example="the-key-before,the-one-before-that",
    help="Comma-separated list of old secret keys. Data signed with them stays valid.",
    is_secret=True,
)
if not ENV["SECRET_KEY"].is_set:  # those that `broadsheet rotate-key` replaced
    _living = dt.datetime.now(dt.UTC) - dt.timedelta(seconds=SESSION_COOKIE_AGE)
    SECRET_KEY_FALLBACKS += secret_keys.fallback_keys(DATA / "secret-key", since=_living)

_hosts = ENV.read(
    "ALLOWED_HOSTS",
    read.names,
    default="",
    example="example.org,www.example.org",
    help="Comma-separated list of further host names of the site, in addition to the host of "
    "BROADSHEET_URL and to localhost.",
)
_site = urlsplit(SITE_URL)
ALLOWED_HOSTS = [str(_site.hostname), "localhost", "127.0.0.1", "[::1]", *_hosts]
CSRF_TRUSTED_ORIGINS = [SITE_URL]
HTTPS = _site.scheme == "https"

PROXIES = ENV.read(
    "BROADSHEET_PROXIES",
    read.integer(0, 8),
    default="0",
    example="1",
    help="Number of trusted reverse proxies. That many entries of X-Forwarded-For are trusted.",
)
if PROXIES:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_SSL_REDIRECT = HTTPS
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = ENV.read(
    "BROADSHEET_HSTS_SUBDOMAINS",
    read.boolean,
    default="no",
    example="yes",
    help="Add `includeSubDomains` and `preload` to the HSTS header.",
)
# W005, W021: a promise about subdomains is the owner's to make, with the setting above.
# W004: user names are unique without regard to case, by a constraint that the check overlooks.
# mail.E001: a site without a mail server keeps its mails in a folder, and asks for no e-mail.
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021", "auth.W004", "mail.E001"]
SECURE_REFERRER_POLICY = DEFAULT_HEADERS["Referrer-Policy"]
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = HTTPS
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 60 * 60 * 24 * 30
CSRF_FAILURE_VIEW = "broadsheet.public.views.errors.csrf_failure"
X_FRAME_OPTIONS = DEFAULT_HEADERS["X-Frame-Options"]

# Writers embed players, so frames may come from the providers that markup knows, after a click.
SECURE_CSP: dict[str, list[str]] = {
    "default-src": [CSP.SELF],
    "script-src": [CSP.SELF, CSP.NONCE],
    "style-src": [CSP.SELF, CSP.NONCE],
    "img-src": [CSP.SELF, "data:", "https:"],
    "media-src": [CSP.SELF, "https:"],
    "font-src": [CSP.SELF],
    "connect-src": [CSP.SELF],
    "frame-src": ["https:"],
    "frame-ancestors": [CSP.NONE],
    "form-action": [CSP.SELF],
    "base-uri": [CSP.NONE],
    "object-src": [CSP.NONE],
}

PASSWORD_HASHERS = ["broadsheet.lib.passwords.Argon2"]
_validation = "django.contrib.auth.password_validation"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"{_validation}.UserAttributeSimilarityValidator"},
    {"NAME": f"{_validation}.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": f"{_validation}.CommonPasswordValidator"},
    {"NAME": f"{_validation}.NumericPasswordValidator"},
]

# --- The application --------------------------------------------------------------------------

INSTALLED_APPS = [
    "broadsheet.ops",
    "broadsheet.public",
    "broadsheet.studio",
    "broadsheet.api",
    "broadsheet.transfer",
    "broadsheet.posts",
    "broadsheet.publication",
    "broadsheet.media",
    "broadsheet.accounts",
    "broadsheet.mail",
    "broadsheet.pagecache",
    "broadsheet.search",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.sitemaps",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "django_filters",
    "django_ox",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "rest_framework",
]
MIDDLEWARE = [
    "broadsheet.ops.monitoring.request_metrics.request_metrics",
    "broadsheet.ops.middleware.with_security_headers",
    "broadsheet.ops.middleware.DatabaseErrorMiddleware",
    "broadsheet.ops.middleware.MediaStorageErrorMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "broadsheet.ops.middleware.CachedCspMiddleware",
    "broadsheet.pagecache.middleware.Compression",
    "broadsheet.pagecache.middleware.ConditionalGet",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "broadsheet.api.browsable.browsable_api",
    "broadsheet.ops.middleware.public_fast_path",
    "broadsheet.public.locale.in_locale",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
]
ROOT_URLCONF = "broadsheet.urls"
WSGI_APPLICATION = "broadsheet.wsgi.application"
APPEND_SLASH = False  # public addresses have no slash at the end; the other spelling redirects
TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [PACKAGE / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "django.template.context_processors.csp",
                "broadsheet.publication.context_processors.site",
            ],
        },
    },
    {  # public pages and themes
        "BACKEND": "django.template.backends.jinja2.Jinja2",
        "DIRS": [DATA / "theme" / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "environment": "broadsheet.public.jinja.environment",
            "context_processors": ["broadsheet.public.jinja.words"],
        },
    },
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"
INSTALLED_APPS.append("django.forms")  # its templates, for the renderer above

# --- Accounts ---------------------------------------------------------------------------------

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "accounts:profile"
LOGOUT_REDIRECT_URL = ACCOUNT_LOGOUT_REDIRECT_URL = "public:home"

# --- E-mail -----------------------------------------------------------------------------------

_email_url = ENV.read(
    "EMAIL_URL",
    read.address("smtp", "smtps", "smtp+tls", "smtp+ssl"),
    default="",
    example="smtp+tls://user:password@mail.example.org:587",
    help="Mail server. Default: e-mails are written to the folder `mail` in the data folder.",
    is_secret=True,
)
DEFAULT_FROM_EMAIL = SERVER_EMAIL = ENV.read(
    "DEFAULT_FROM_EMAIL",
    read.mailbox,
    default=f"broadsheet@{read.mail_domain(str(_site.hostname))}",
    example="The Example <post@example.org>",
    help="Sender of all e-mails: an address, or `Name <address>`.",
)
MAILERS: dict[str, dict[str, Any]]
if _email_url:
    _mail = environ.Env.email_url_config(_email_url)
    MAILERS = {
        "default": {
            "BACKEND": "broadsheet.ops.monitoring.email_backends.SMTPBackend",
            "OPTIONS": {
                "host": _mail["EMAIL_HOST"],
                "port": _mail["EMAIL_PORT"],
                "username": _mail["EMAIL_HOST_USER"],
                "password": _mail["EMAIL_HOST_PASSWORD"],
                "use_tls": _mail.get("EMAIL_USE_TLS", False),
                "use_ssl": _mail.get("EMAIL_USE_SSL", False),
                "timeout": 20,
            },
        }
    }
else:
    MAILERS = {
        "default": {
            "BACKEND": "broadsheet.ops.monitoring.email_backends.FolderBackend",
            "OPTIONS": {"file_path": str(DATA / "mail")},
        }
    }
HAS_MAIL_SERVER = bool(_email_url)

ACCOUNT_ADAPTER = "broadsheet.accounts.adapter.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"username", "email"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "email*", "password1*"]
ACCOUNT_UNIQUE_EMAIL = True
ACCOUNT_PRESERVE_USERNAME_CASING = True
ACCOUNT_USERNAME_MIN_LENGTH = 3
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_EMAIL_VERIFICATION = "mandatory" if HAS_MAIL_SERVER else "none"
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_DEFAULT_HTTP_PROTOCOL = _site.scheme
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = False
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_CHANGE_EMAIL = True  # one address each; a new one takes its place once confirmed
ACCOUNT_LOGIN_ON_EMAIL_CONFIRMATION = True
# A link that lets somebody in works for an hour. One that confirms an address does not, except in
# the browser that asked for it; people sign up in the evening and read mail in the morning.
PASSWORD_RESET_TIMEOUT = 60 * 60
ACCOUNT_EMAIL_CONFIRMATION_EXPIRE_DAYS = 1
ACCOUNT_EMAIL_NOTIFICATIONS = True
# Names that readers would take for the site itself, or programs for no name. Owners may have them.
ACCOUNT_USERNAME_BLACKLIST = sorted(RESERVED_NAMES)
# "login" counts no one who logs in: other people at the same address would lock them out.
ACCOUNT_RATE_LIMITS = {
    "login": "",
    "login_failed": "10/m/ip",
    "login_failed_known_device": "10/5m/key",
    "login_failed_unknown_device": "5/5m/key",
}

# --- Database, cache, background work ---------------------------------------------------------

DATABASES = {
    "default": environ.Env.db_url_config(
        ENV.read(
            "DATABASE_URL",
            read.address("sqlite", "postgres", "postgresql"),
            default=f"sqlite:///{DATA / 'broadsheet.sqlite3'}",
            example="postgresql://user:password@localhost/broadsheet",
            help="Database. Default: the SQLite file `broadsheet.sqlite3` in the data folder.",
            is_secret=True,
        )
    )
}
_patience = ENV.read(
    "BROADSHEET_STATEMENT_SECONDS",
    read.integer(0, 86_400),
    default="60",
    example="30",
    help="PostgreSQL's statement_timeout and idle_in_transaction_session_timeout, in seconds. "
    "0 disables both.",
)
# Not a pool: few threads use the database, each all the time, and keep a connection of their own.
DATABASES["default"]["CONN_MAX_AGE"] = None
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    # IMMEDIATE: a transaction that will write waits for its turn instead of failing half-way.
    # FULL: what was acknowledged survives a loss of power.
    # 8 MB a connection and no mapping: with a million posts, more was no faster and 100 MB more.
    # Recursive triggers: to those that keep pages from being stale, REPLACE is a DELETE too.
    # Secure delete: what is gone is gone from the file, too, and from the copy that a backup takes.
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": (
            "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; "
            "PRAGMA journal_size_limit=27103364; PRAGMA cache_size=-8000; "
            "PRAGMA recursive_triggers=ON; PRAGMA secure_delete=ON;"
        ),
    }
else:
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
    # Unless the address says others: a server that is gone, or that nothing leads to any more, is
    # noticed within 3 seconds (libpq's words, in seconds but for tcp_user_timeout).
    DATABASES["default"]["OPTIONS"] = {
        **({} if "PGCONNECT_TIMEOUT" in os.environ else {"connect_timeout": 3}),
        "tcp_user_timeout": 3_000,
        "keepalives_idle": 3,
        "keepalives_interval": 1,
        **DATABASES["default"].get("OPTIONS", {}),
    }
    # The server notices a client that is gone as soon, or its locks would stay. Django would ask
    # for the time zone, as a statement, on each new connection.
    _limits = {"TimeZone": "UTC"}
    _limits |= {"tcp_keepalives_idle": "3s", "tcp_keepalives_interval": "1s"}
    _limits |= {"tcp_keepalives_count": "3", "tcp_user_timeout": "3s"}
    if _patience:
        _waiting = ("statement_timeout", "idle_in_transaction_session_timeout")
        _limits |= dict.fromkeys(_waiting, f"{_patience}s")
    DATABASES["default"]["OPTIONS"].setdefault(
        "options", " ".join(f"-c {limit}={value}" for limit, value in _limits.items())
    )
_replica = ENV.read(
    "DATABASE_REPLICA_URL",
    read.address("postgres", "postgresql"),
    default="",
    example="postgresql://user:password@replica/broadsheet",
    help="Streaming replica of PostgreSQL. Pages for anonymous visitors are rendered from it "
    "once it has caught up with what they must show. Default: everything is read from "
    "DATABASE_URL.",
    is_secret=True,
)
if _replica and DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    raise read.Refused(
        "DATABASE_REPLICA_URL: replicas need PostgreSQL, but DATABASE_URL is SQLite. For "
        "example: DATABASE_REPLICA_URL="
    )
if _replica:
    _said = environ.Env.db_url_config(_replica)
    _alike = dict(DATABASES["default"]["OPTIONS"])
    _alike.pop("target_session_attrs", None)  # the one that takes writes is not this one
    # Each page asks it first whether it has all, which says whether it is there.
    DATABASES["replica"] = {
        **DATABASES["default"],
        **_said,
        "OPTIONS": _alike | _said.get("OPTIONS", {}),
        "CONN_HEALTH_CHECKS": False,
        "TEST": {"MIRROR": "default"},
    }

_cache_url = ENV.read(
    "CACHE_URL",
    read.address("redis", "rediss"),
    default="",
    example="redis://localhost:6379/0",
    help="Redis, for rate limits. Default: login limits are counted in the database, API "
    "limits in each process.",
    is_secret=True,
)
_redis = {"BACKEND": "broadsheet.lib.rate_limit_cache.FallbackRedisCache", "LOCATION": _cache_url}
_table: dict[str, Any] = {
    "BACKEND": "django.core.cache.backends.db.DatabaseCache",
    "LOCATION": "cache",
    "OPTIONS": {"MAX_ENTRIES": 10_000},
}
_memory = {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
CACHES: dict[str, dict[str, Any]] = {
    "default": _redis if _cache_url else _table,
    # Counts requests to the API, where a write to the database for each would cost too much.
    "throttle": _redis if _cache_url else _memory,
}
SESSION_ENGINE = "django.contrib.sessions.backends.db"

_hourly = {"task": "broadsheet.ops.tasks.keep_house", "cron": "17 * * * *"}
_counting = {"task": "broadsheet.ops.tasks.count", "cron": "*/5 * * * *"}
SCHEDULES = {"keep_house": _hourly, "count": _counting}
TASKS = {
    "default": {
        "BACKEND": "django_ox.backend.OxBackend",
        "QUEUES": [],
        # Seconds after which a job whose worker gave no sign of life is another one's: more than
        # a database takes that is replaced by another one, or jobs under way would be done twice.
        # Ten attempts, with pauses that double from 5 s to 10 min: for half an hour that which a
        # job needs may be gone. Mail has a patience of its own.
        "OPTIONS": {"SCHEDULES": SCHEDULES, "LOCK_TIMEOUT": 30, "MAX_ATTEMPTS": 10},
    }
}

# --- The page cache ---------------------------------------------------------------------------

PAGE_CACHE_BYTES = 1_000_000 * ENV.read(
    "BROADSHEET_PAGE_CACHE_MB",
    read.integer(0, 100_000),
    default="16",
    example="256",
    help="Size of the page cache per server process, in megabytes. 0 disables it.",
)
if DEBUG:
    PAGE_CACHE_BYTES = 0  # templates change without the database knowing
#: The query parameters that pages depend on, by the beginning of their path; None: on all of them.
PAGE_PARAMETERS = {"/api/": None, "/theme.css": frozenset({"v"}), "/": frozenset({"after"})}
CDN_TAGS = ENV.read(
    "BROADSHEET_CDN_TAGS",
    read.one_of("", "Surrogate-Key", "Cache-Tag"),
    default="",
    example="Surrogate-Key",
    help="Response header that carries cache tags for your CDN. Default: `Cache-Tag` for JSON "
    "purges, `Surrogate-Key` for header purges; none if no purge URL is set.",
)
CDN_PURGE_URL = ENV.read(
    "BROADSHEET_CDN_PURGE_URL",
    read.address("http", "https"),
    default="",
    example="https://api.fastly.com/service/SERVICE/purge",
    help="URL of your CDN's purge API. Default: none; the CDN then has to revalidate every "
    "request.",
)
CDN_PURGE_FORM = ENV.read(
    "BROADSHEET_CDN_PURGE_FORM",
    read.one_of("json", "header"),
    default="json",
    example="header",
    help="Format of purge requests: `json` (tags in the body, as for Cloudflare) or `header` "
    "(as for Fastly).",
)
CDN_PURGE_TOKEN = ENV.read(
    "BROADSHEET_CDN_PURGE_TOKEN",
    read.text,
    default="",
    example="a-long-random-text",
    help="API token for CDN purges. Sent as `Authorization: Bearer …` (json) or `Fastly-Key` "
    "(header).",
    is_secret=True,
)
if CDN_PURGE_URL and not CDN_TAGS:  # it cannot know which pages to purge without their tags
    CDN_TAGS = "Surrogate-Key" if CDN_PURGE_FORM == "header" else "Cache-Tag"
FRONT_FILES = ENV.read(
    "BROADSHEET_FRONT_FILES",
    read.boolean,
    default="no",
    example="yes",
    help="Write popular pages as files that nginx serves directly. nginx must run on the same "
    "machine.",
)
UNPROVEN_SECONDS = ENV.read(
    "BROADSHEET_UNPROVEN_SECONDS",
    read.integer(0, 86_400),
    default="0",
    example="60",
    help="How long (seconds) to serve cached pages without validation while PostgreSQL is "
    "unreachable. 0 disables this.",
)
if FRONT_FILES and not read.is_local(DATABASES["default"]["HOST"]):
    raise read.Refused(
        "BROADSHEET_FRONT_FILES: the database is on another machine, so other nodes could "
        "make this machine's files stale. For example: BROADSHEET_FRONT_FILES=no"
    )
if FRONT_FILES and CDN_TAGS:
    raise read.Refused(
        "BROADSHEET_FRONT_FILES: nginx cannot send cache tags with files, but "
        "BROADSHEET_CDN_TAGS requires them. For example: BROADSHEET_FRONT_FILES=no"
    )
ADDRESS_SHARE = (
    ENV.read(
        "BROADSHEET_ADDRESS_PERCENT",
        read.integer(0, 100),
        default="20",
        example="50",
        help="CPU limit per public IP address for uncached pages: long-term share of a core "
        "in each server process, in percent. 0: no limit.",
    )
    / 100
)
RUN = DATA / "run"
# Read when Prometheus' library is loaded: all processes count in files that each of them can read.
COUNTED = RUN / "counted"
os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(COUNTED)

# --- Static files and media -------------------------------------------------------------------

STATIC_URL = "/static/"
STATIC_ROOT = DATA / "static"
STATICFILES_DIRS = [place for place in [DATA / "theme" / "static"] if place.is_dir()]
make_public(STATIC_ROOT)
# The process's umask lets nobody else read what it writes; these are for the web server, too.
FILE_UPLOAD_PERMISSIONS, FILE_UPLOAD_DIRECTORY_PERMISSIONS = 0o644, 0o755
MEDIA_URL = "/media/"
MEDIA_ROOT = DATA / "media"
MEDIA_PLACE = ENV.read(
    "BROADSHEET_MEDIA_URL",
    read.address("s3"),
    default="",
    example="s3://bucket/media",
    help="Storage for images: s3://BUCKET/PREFIX. Default: the folder `media` in the data folder.",
)
# Where all of AWS's tools look for them, and so what sends to S3; from a file, too.
for _name, _example, _is_secret, _help in (
    ("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE", True, "Access key for S3."),
    ("AWS_SECRET_ACCESS_KEY", "a-long-random-text", True, "Secret key for S3."),
    ("AWS_REGION", "eu-central-1", False, "Region of the S3 buckets."),
    ("AWS_ENDPOINT_URL_S3", "https://s3.example.org", False, "URL of S3 servers other than AWS."),
):
    _parse = read.address("http", "https") if "URL" in _name else read.text
    _given = ENV.read(_name, _parse, default="", example=_example, help=_help, is_secret=_is_secret)
    if _given:
        os.environ[_name] = _given
UPLOAD_MAX_BYTES = ENV.read(
    "BROADSHEET_UPLOAD_MAX_BYTES",
    read.integer(100_000, 1_000_000_000),
    default="20000000",
    example="50000000",
    help="Maximum size of an uploaded image, in bytes.",
)
UPLOAD_MAX_PIXELS = ENV.read(
    "BROADSHEET_UPLOAD_MAX_PIXELS",
    read.integer(1_000_000, 500_000_000),
    default="50000000",
    example="100000000",
    help="Maximum size of an uploaded image, in pixels (width times height).",
)
DATA_UPLOAD_MAX_MEMORY_SIZE = 4_000_000
DATA_UPLOAD_MAX_NUMBER_FILES = 2_001  # the import takes 2,000, and says so of one more
FILE_UPLOAD_HANDLERS = [
    "broadsheet.ops.server.upload_handlers.SizeLimitUploadHandler",
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "broadsheet.ops.server.upload_handlers.CleanTemporaryFileUploadHandler",
]
STORAGES = {
    "default": {"BACKEND": "broadsheet.lib.file_storage.AtomicFileStorage"}
    if not MEDIA_PLACE
    else {
        "BACKEND": "broadsheet.lib.s3_storage.MediaS3Storage",
        "OPTIONS": {"address": MEDIA_PLACE},
    },
    "staticfiles": {
        "BACKEND": "broadsheet.lib.static_storage.ManifestStorage"
        if not DEBUG
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
# Until they are collected, or while the site is worked on, they are served from where they lie.
WHITENOISE_USE_FINDERS = DEBUG or not (STATIC_ROOT / "staticfiles.json").exists()
WHITENOISE_ALLOW_ALL_ORIGINS = False  # pages take them from their own site
WHITENOISE_SKIP_COMPRESS_EXTENSIONS = ["map", *Compressor.SKIP_COMPRESS_EXTENSIONS]

# --- Language and time ------------------------------------------------------------------------

LANGUAGE_CODE = ENV.read(
    "LANGUAGE_CODE",
    read.language,
    default="en",
    example="de",
    help="Language of the admin and of API messages, as a language tag. The language of "
    "public pages is set in the studio.",
)
TIME_ZONE = ENV.read(
    "TIME_ZONE",
    read.time_zone,
    default="UTC",
    example="Europe/Berlin",
    help="Time zone in which dates are shown. A time zone set in the studio takes precedence.",
)
USE_TZ = True
LOCALE_PATHS = [PACKAGE / "locale"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- Backups ----------------------------------------------------------------------------------

BACKUP_TARGET = ENV.read(
    "BROADSHEET_BACKUP_TARGET",
    read.place,
    default=str(DATA / "backups"),
    example="s3://bucket/broadsheet",
    help="Storage for backups: a folder or s3://BUCKET/PREFIX. Default: the folder `backups` "
    "in the data folder.",
)
BACKUP_RECIPIENTS = ENV.read(
    "BROADSHEET_BACKUP_RECIPIENTS",
    read.age_recipients,
    default="",
    example="age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p",
    help="Comma-separated list of public keys (age or SSH) to encrypt backups for. Default: no "
    "encryption.",
)
BACKUP_IDENTITY = ENV.read(
    "BROADSHEET_BACKUP_IDENTITY",
    read.text,
    default="",
    example="/etc/broadsheet/backup-identity.txt",
    help="File with the private key (age or SSH) that decrypts backups. Used by `broadsheet "
    "restore`.",
)
BACKUP_AT = ENV.read(
    "BROADSHEET_BACKUP_AT",
    read.time_of_day_or_never,
    default="03:20",
    example="23:45",
    help="Time of the daily backup, in TIME_ZONE. `never` disables it.",
)
BACKUP_KEEP = ENV.read(
    "BROADSHEET_BACKUP_KEEP",
    read.numbers(3),
    default="7,4,12",
    example="14,8,24",
    help="Retention: for how many days, weeks and months to keep the newest archive of each.",
)
if BACKUP_AT != "never":
    _hour, _minute = map(int, BACKUP_AT.split(":"))
    _daily = {"task": "broadsheet.ops.backup.tasks.back_up", "cron": f"{_minute} {_hour} * * *"}
    SCHEDULES["back_up"] = _daily

REPLICA_URL = ENV.read(
    "BROADSHEET_REPLICA_URL",
    read.place,
    default="",
    example="s3://bucket/replica",
    help="Target of continuous SQLite replication with Litestream (less than a second "
    "behind): a folder on another disk or s3://BUCKET/PREFIX. Default: no replication.",
)
if REPLICA_URL and DATABASES["default"]["ENGINE"] != "django.db.backends.sqlite3":
    raise read.Refused(
        "BROADSHEET_REPLICA_URL: works with SQLite only, but DATABASE_URL is PostgreSQL, "
        "which has its own replication. For example: BROADSHEET_REPLICA_URL="
    )
_is_folder = REPLICA_URL and not REPLICA_URL.startswith("s3://")
if _is_folder and Path(REPLICA_URL).absolute().is_relative_to(DATA):
    raise read.Refused(
        f"BROADSHEET_REPLICA_URL: {REPLICA_URL} is inside the data folder and would be lost "
        "with it. For example: BROADSHEET_REPLICA_URL=/mnt/other-disk/replica"
    )

# --- Metrics ----------------------------------------------------------------------------------

METRICS_TOKEN = ENV.read(
    "BROADSHEET_METRICS_TOKEN",
    read.text,
    default="",
    example="a-long-random-text",
    help="Token for /metrics, sent as `Authorization: Bearer …`. Default: only logged-in "
    "owners can read it.",
    is_secret=True,
)

# --- Logs -------------------------------------------------------------------------------------

LOG_LEVEL = ENV.read(
    "LOG_LEVEL",
    read.one_of("DEBUG", "INFO", "WARNING", "ERROR"),
    default="WARNING",
    example="INFO",
    help="Log level.",
)
LOG_FORMAT = ENV.read(
    "LOG_FORMAT",
    read.one_of("line", "json"),
    default="line",
    example="json",
    help="Log format: plain lines or JSON lines.",
)
METRICS_ADDRESS = ENV.read(
    "BROADSHEET_METRICS_ADDRESS",
    read.network_address,
    default="",
    example="127.0.0.1:9464",
    help="Address (HOST:PORT) where the worker serves metrics to Prometheus without a token. "
    "Default: none.",
)
SENTRY_DSN = ENV.read(
    "SENTRY_DSN",
    read.address("http", "https"),
    default="",
    example="https://key@sentry.example.org/1",
    help="Sentry-compatible DSN for error reports. Default: errors are only logged.",
    is_secret=True,
)
# By the standard's own names, so that what sends traces finds them; it knows further ones.
TRACES_URL = ENV.read(
    "OTEL_EXPORTER_OTLP_ENDPOINT",
    read.address("http", "https"),
    default="",
    example="http://localhost:4318",
    help="OTLP/HTTP endpoint for OpenTelemetry traces. Default: no traces.",
)
_headers = ENV.read(
    "OTEL_EXPORTER_OTLP_HEADERS",
    read.text,
    default="",
    example="authorization=Bearer%20a-long-random-text",
    help="Extra headers for the OTLP exporter, for example an authorization header.",
    is_secret=True,
)
if TRACES_URL:
    if importlib.util.find_spec("opentelemetry") is None:
        raise read.Refused(
            "OTEL_EXPORTER_OTLP_ENDPOINT: needs `pip install opentelemetry-sdk "
            "opentelemetry-exporter-otlp-proto-http`. For example: OTEL_EXPORTER_OTLP_ENDPOINT="
        )
    os.environ["OTEL_EXPORTER_OTLP_ENDPOINT"] = TRACES_URL
    if _headers:
        os.environ["OTEL_EXPORTER_OTLP_HEADERS"] = _headers
    MIDDLEWARE.insert(1, "broadsheet.ops.monitoring.tracing.trace_requests")
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"},
        "json": {"()": "broadsheet.lib.logs.JSONFormatter"},
    },
    "handlers": {
        "console": {"class": "broadsheet.lib.logs.ConsoleHandler", "formatter": LOG_FORMAT}
    },
    "root": {"handlers": ["console"], "level": LOG_LEVEL},
    "loggers": {
        "django": {"handlers": [], "level": LOG_LEVEL},
        # What a stranger can cause at will is no news: pages that are not there, foreign hosts,
        # bodies that are too large.
        "django.request": {"level": "ERROR"},
        "django.security.DisallowedHost": {"level": "CRITICAL"},
        "django.security.RequestDataTooBig": {"level": "CRITICAL"},
    },
}

# --- API --------------------------------------------------------------------------------------

_per_minute = ENV.read(
    "BROADSHEET_API_PER_MINUTE",
    read.integer(0, 1_000_000),
    default="120",
    example="600",
    help="API rate limit: requests per minute and IP address without authentication; users "
    "get five times as many. 0: no limit.",
)


def _rate(requests: int) -> str | None:
    return f"{requests}/min" if requests else None


REST_FRAMEWORK: dict[str, Any] = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "broadsheet.api.authentication.BearerToken",  # first, so that it words the 401
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": [
        "rest_framework.permissions.IsAuthenticatedOrReadOnly",
        "broadsheet.api.permissions.HasTokenScope",
    ],
    "DEFAULT_RENDERER_CLASSES": ["broadsheet.api.renderers.CompactJSONRenderer"],
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "broadsheet.api.renderers.JSONFirstNegotiation",
    "DEFAULT_PARSER_CLASSES": ["broadsheet.api.parsers.LimitedJSONParser"],
    "DEFAULT_PAGINATION_CLASS": "broadsheet.api.pagination.KeysetPagination",
    "DEFAULT_FILTER_BACKENDS": ["broadsheet.api.filters.StrictFilterBackend"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_THROTTLE_CLASSES": [
        "broadsheet.api.throttles.AnonThrottle",
        "broadsheet.api.throttles.UserThrottle",
        "broadsheet.api.throttles.WriteThrottle",
        "broadsheet.api.throttles.UploadThrottle",
    ],
    "DEFAULT_THROTTLE_RATES": {
        "anonymous": _rate(_per_minute),
        "user": _rate(_per_minute * 5),
        "write": _rate(_per_minute),
        "upload": _rate(_per_minute),
    },
    "EXCEPTION_HANDLER": "broadsheet.api.exceptions.exception_handler",
    "URL_FORMAT_OVERRIDE": None,
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
SPECTACULAR_SETTINGS: dict[str, Any] = {
    "TITLE": "Broadsheet",
    "DESCRIPTION": "REST API of a Broadsheet site. Errors are problem details (RFC 9457).",
    "VERSION": "1",
    "OAS_VERSION": "3.1.1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "COMPONENT_SPLIT_REQUEST": True,
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "broadsheet.api.schema.add_problems",
    ],
    "ENUM_NAME_OVERRIDES": {"PostStatus": "broadsheet.posts.models.Post.Status"},
}

ENV.check_names()
