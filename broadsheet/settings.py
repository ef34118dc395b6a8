"""Django's settings, in the order of its reference, then those of other packages and our own.

`broadsheet.conf` declares what can be changed from outside. Importing this module changes nothing:
`ops/server/bootstrap.py` creates folders and keys, and `ops/checks.py` checks combinations.
"""

import datetime as dt
import os
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import django_stubs_ext
from whitenoise.compress import Compressor

from broadsheet import conf
from broadsheet.conf import caching, files, observability, server, services
from broadsheet.lib import logs, secret_keys, security_headers, service_urls
from broadsheet.lib.env import Env, read_dotenv
from broadsheet.lib.reserved_names import RESERVED_NAMES

# Lets classes such as ModelAdmin[Post] be written with their model at run time too.
django_stubs_ext.monkeypatch()

ENV = Env(conf.SETTINGS, os.environ, read_dotenv())
PACKAGE = Path(__file__).resolve().parent
DATA = ENV[server.DATA]
SITE_URL = ENV[server.SITE_URL]
_site = urlsplit(SITE_URL)
HTTPS = _site.scheme == "https"
PROXIES = ENV[server.PROXIES]

# --- Core settings ----------------------------------------------------------------------------

ALLOWED_HOSTS = [str(_site.hostname), "localhost", "127.0.0.1", "[::1]", *ENV[server.ALLOWED_HOSTS]]
APPEND_SLASH = False  # public URLs have no trailing slash; with one, they redirect
CACHES = service_urls.caches(ENV[services.CACHE_URL])
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = SESSION_COOKIE_SECURE = HTTPS
CSRF_FAILURE_VIEW = "broadsheet.public.views.errors.csrf_failure"
CSRF_TRUSTED_ORIGINS = [SITE_URL]
DATABASES = service_urls.databases(
    ENV[services.DATABASE_URL],
    ENV[services.DATABASE_REPLICA_URL],
    timeout=ENV[services.STATEMENT_SECONDS],
    has_connect_timeout="PGCONNECT_TIMEOUT" in ENV.variables,
)
DATA_UPLOAD_MAX_MEMORY_SIZE = 4_000_000
DATA_UPLOAD_MAX_NUMBER_FILES = 2_001  # the import accepts 2,000, and reports an error for more
DEBUG = ENV[server.DEBUG]
DEFAULT_FROM_EMAIL = SERVER_EMAIL = ENV[services.DEFAULT_FROM_EMAIL]
# The process's umask lets no one else read new files; these are for the web server, too.
FILE_UPLOAD_DIRECTORY_PERMISSIONS, FILE_UPLOAD_PERMISSIONS = 0o755, 0o644
FILE_UPLOAD_HANDLERS = [
    "broadsheet.ops.server.upload_handlers.SizeLimitUploadHandler",
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "broadsheet.ops.server.upload_handlers.CleanTemporaryFileUploadHandler",
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"
INSTALLED_APPS = [
    "broadsheet.ops",
    "broadsheet.public",
    "broadsheet.studio",
    "broadsheet.api",
    "broadsheet.transfer",
    "broadsheet.statistics",
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
    "django.forms",  # its templates, for FORM_RENDERER
    "allauth",
    "allauth.account",
    "django_filters",
    "django_ox",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "rest_framework",
]
LANGUAGE_CODE = ENV[observability.LANGUAGE_CODE]
LOCALE_PATHS = [PACKAGE / "locale"]
LOG_FORMAT = ENV[observability.LOG_FORMAT]
LOGGING = logs.configuration(ENV[observability.LOG_LEVEL], LOG_FORMAT)
HAS_MAIL_SERVER = bool(ENV[services.EMAIL_URL])
MAILERS = service_urls.mailers(ENV[services.EMAIL_URL], DATA / "mail")
MEDIA_ROOT = DATA / "media"
MEDIA_URL = "/media/"
TRACES_URL = ENV[observability.OTEL_EXPORTER_OTLP_ENDPOINT]
MIDDLEWARE = [
    "broadsheet.ops.monitoring.request_metrics.request_metrics",
    *(["broadsheet.ops.monitoring.tracing.trace_requests"] if TRACES_URL else []),
    "broadsheet.ops.middleware.with_security_headers",
    "broadsheet.ops.middleware.DatabaseErrorMiddleware",
    "broadsheet.ops.middleware.MediaStorageErrorMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "broadsheet.ops.middleware.CachedCspMiddleware",
    "broadsheet.pagecache.http_middleware.CompressionMiddleware",
    "broadsheet.pagecache.http_middleware.PageConditionalGetMiddleware",
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
REFERRER_DAYS = ENV[observability.REFERRER_DAYS]
ROOT_URLCONF = "broadsheet.urls"
# Without a key here or in the file, Django refuses to sign until bootstrap.py has created the file.
SECRET_KEY = ENV[server.SECRET_KEY] or secret_keys.read_key(DATA / "secret-key")
SESSION_COOKIE_AGE = 60 * 60 * 24 * 30
SECRET_KEY_FALLBACKS = [*ENV[server.SECRET_KEY_FALLBACKS]]
if not ENV.is_set(server.SECRET_KEY):  # those that `broadsheet rotate-key` replaced
    _since = dt.datetime.now(dt.UTC) - dt.timedelta(seconds=SESSION_COOKIE_AGE)
    SECRET_KEY_FALLBACKS += secret_keys.fallback_keys(DATA / "secret-key", since=_since)
SECURE_CSP = security_headers.PAGE_CSP
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = ENV[server.HSTS_SUBDOMAINS]
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if PROXIES else None
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
SECURE_REFERRER_POLICY = security_headers.DEFAULT_HEADERS["Referrer-Policy"]
SECURE_SSL_REDIRECT = HTTPS
# W005, W021: only the owner can decide about subdomains, with BROADSHEET_HSTS_SUBDOMAINS.
# W004: user names are unique without regard to case, by a constraint that the check overlooks.
# mail.E001: a site without a mail server writes e-mails to a folder, and asks for no e-mail.
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021", "auth.W004", "mail.E001"]
STORAGES = service_urls.storages(ENV[files.MEDIA_URL], debug=DEBUG)
_schedules = {
    "hourly_cleanup": {"task": "broadsheet.ops.tasks.hourly_cleanup", "cron": "17 * * * *"},
    "imports": {"task": "broadsheet.transfer.tasks.fail_lost_runs", "cron": "*/10 * * * *"},
    "count": {"task": "broadsheet.ops.tasks.count", "cron": "*/5 * * * *"},
}
BACKUP_AT = ENV[files.BACKUP_AT]
if BACKUP_AT != "never":
    _hour, _minute = map(int, BACKUP_AT.split(":"))
    _daily = {"task": "broadsheet.ops.backup.tasks.back_up", "cron": f"{_minute} {_hour} * * *"}
    _schedules["back_up"] = _daily
# LOCK_TIMEOUT: seconds without a heartbeat after which another worker takes a job; longer than a
# database fails over, or running jobs would run twice. MAX_ATTEMPTS: with pauses that double from
# 5 s to 10 min, jobs survive an outage of half an hour. Mail has its own retries.
_worker = {"SCHEDULES": _schedules, "LOCK_TIMEOUT": 30, "MAX_ATTEMPTS": 10}
TASKS = {"default": {"BACKEND": "django_ox.backend.OxBackend", "QUEUES": [], "OPTIONS": _worker}}
TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [DATA / "theme" / "templates", PACKAGE / "templates"],
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
]
TIME_ZONE = ENV[observability.TIME_ZONE]
WSGI_APPLICATION = "broadsheet.wsgi.application"
X_FRAME_OPTIONS = security_headers.DEFAULT_HEADERS["X-Frame-Options"]

# --- Auth, sessions, static files -------------------------------------------------------------

AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_USER_MODEL = "accounts.User"
LOGIN_REDIRECT_URL = "accounts:profile"
LOGIN_URL = "account_login"
LOGOUT_REDIRECT_URL = ACCOUNT_LOGOUT_REDIRECT_URL = "public:home"
# A login link works for an hour. A confirmation link logs in only the browser that requested it, so
# it works longer: people sign up at night and read mail in the morning.
PASSWORD_RESET_TIMEOUT = 60 * 60
ACCOUNT_EMAIL_CONFIRMATION_EXPIRE_DAYS = 1
PASSWORD_HASHERS = ["broadsheet.accounts.hashers.OWASPArgon2PasswordHasher"]
_validation = "django.contrib.auth.password_validation"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"{_validation}.UserAttributeSimilarityValidator"},
    {"NAME": f"{_validation}.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": f"{_validation}.CommonPasswordValidator"},
    {"NAME": f"{_validation}.NumericPasswordValidator"},
]
STATIC_ROOT = DATA / "static"
STATIC_URL = "/static/"
STATICFILES_DIRS = [folder for folder in [DATA / "theme" / "static"] if folder.is_dir()]

# --- Other packages ---------------------------------------------------------------------------

ACCOUNT_ADAPTER = "broadsheet.accounts.adapter.AccountAdapter"
ACCOUNT_CHANGE_EMAIL = True  # one address each; a new one replaces it once confirmed
ACCOUNT_DEFAULT_HTTP_PROTOCOL = _site.scheme
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_EMAIL_VERIFICATION = "mandatory" if HAS_MAIL_SERVER else "none"
ACCOUNT_LOGIN_METHODS = {"username", "email"}
ACCOUNT_LOGIN_ON_EMAIL_CONFIRMATION = True
# "login" counts successful logins: other people at the same address would be locked out.
ACCOUNT_RATE_LIMITS = {
    "login": "",
    "login_failed": "10/m/ip",
    "login_failed_known_device": "10/5m/key",
    "login_failed_unknown_device": "5/5m/key",
}
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_SIGNUP_FIELDS = ["username*", "email*", "password1*"]
# Names that visitors would mistake for the site itself, or that programs treat as "no name". Owners
# may use them.
ACCOUNT_USERNAME_BLACKLIST = sorted(RESERVED_NAMES)
ACCOUNT_USERNAME_MIN_LENGTH = 3

_requests = ENV[server.API_PER_MINUTE]
_rate, _user_rate = (f"{_requests}/min", f"{_requests * 5}/min") if _requests else (None, None)
REST_FRAMEWORK: dict[str, Any] = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "broadsheet.api.authentication.BearerToken",  # first: it determines the 401 response
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
        f"broadsheet.api.throttles.{name}Throttle" for name in ("Anon", "User", "Write", "Upload")
    ],
    "DEFAULT_THROTTLE_RATES": dict.fromkeys(("anonymous", "write", "upload"), _rate)
    | {"user": _user_rate},
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
    "ENUM_NAME_OVERRIDES": {
        "PostStatus": "broadsheet.posts.models.Post.Status",
        "KindEnum": "broadsheet.posts.models.Post.Kind",
        "RevisionKind": "broadsheet.posts.models.Revision.Kind",
    },
}
WHITENOISE_ALLOW_ALL_ORIGINS = False  # pages take static files from their own site
WHITENOISE_SKIP_COMPRESS_EXTENSIONS = ["map", *Compressor.SKIP_COMPRESS_EXTENSIONS]
# Until they are collected, or during development, static files are served from their sources.
WHITENOISE_USE_FINDERS = DEBUG or not (STATIC_ROOT / "staticfiles.json").exists()

# --- Broadsheet -------------------------------------------------------------------------------

HOST, PORT = ENV[server.HOST], ENV[server.PORT]
SERVE_PROCESSES, SERVE_THREADS = ENV[server.PROCESSES], ENV[server.THREADS]
SERVE_WORKER = ENV[server.WORKER]
IP_CPU_SHARE = ENV[caching.ADDRESS_PERCENT] / 100
BACKUP_IDENTITY, BACKUP_RECIPIENTS = ENV[files.BACKUP_IDENTITY], ENV[files.BACKUP_RECIPIENTS]
BACKUP_KEEP, BACKUP_TARGET = ENV[files.BACKUP_KEEP], ENV[files.BACKUP_TARGET]
REPLICA_URL = ENV[files.REPLICA_URL]
CDN_PURGE_FORM, CDN_PURGE_TOKEN = ENV[caching.CDN_PURGE_FORM], ENV[caching.CDN_PURGE_TOKEN]
CDN_PURGE_URL = ENV[caching.CDN_PURGE_URL]
_purge_header = "Surrogate-Key" if CDN_PURGE_FORM == "header" else "Cache-Tag"
CDN_TAGS = ENV[caching.CDN_TAGS] or (_purge_header if CDN_PURGE_URL else "")
METRICS_ADDRESS, METRICS_TOKEN = (
    ENV[observability.METRICS_ADDRESS],
    ENV[observability.METRICS_TOKEN],
)
# With DEBUG, templates can change, which invalidates no cache tag.
PAGE_CACHE_BYTES = 0 if DEBUG else 1_000_000 * ENV[caching.PAGE_CACHE_MB]
#: Query parameters that pages depend on, by path prefix; None: all parameters.
PAGE_PARAMETERS = {"/api/": None, "/theme.css": frozenset({"v"}), "/": frozenset({"after"})}
RUN = DATA / "run"
METRICS_FOLDER = RUN / "metrics"  # metrics of all processes
SENTRY_DSN = ENV[observability.SENTRY_DSN]
STALE_IF_ERROR_SECONDS = ENV[caching.STALE_IF_ERROR_SECONDS]
UPLOAD_MAX_BYTES, UPLOAD_MAX_PIXELS = ENV[files.UPLOAD_MAX_BYTES], ENV[files.UPLOAD_MAX_PIXELS]
