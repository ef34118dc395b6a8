"""Django's settings for databases, caches, mail servers and storage, from their URLs."""

from pathlib import Path
from typing import Any

import environ

#: IMMEDIATE: a transaction that will write waits for the lock instead of failing half-way.
#: FULL: acknowledged writes survive a loss of power.
#: 8 MB a connection and no mapping: with a million posts, more was no faster and 100 MB more.
#: Recursive triggers: the triggers that invalidate pages also see the DELETE of a REPLACE.
#: Secure delete: deleted data is overwritten in the file, and so is missing in backups.
_SQLITE_OPTIONS: dict[str, Any] = {
    "transaction_mode": "IMMEDIATE",
    "timeout": 20,
    "init_command": (
        "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; "
        "PRAGMA journal_size_limit=27103364; PRAGMA cache_size=-8000; "
        "PRAGMA recursive_triggers=ON; PRAGMA secure_delete=ON;"
    ),
}


def databases(
    url: str, replica_url: str, *, timeout: int, has_connect_timeout: bool
) -> dict[str, dict[str, Any]]:
    """Return DATABASES; `timeout` in seconds limits statements of PostgreSQL, unless it is 0.

    `has_connect_timeout` says that libpq has one from its own environment variable. A replica of
    SQLite is ignored: a system check reports it.
    """
    primary: dict[str, Any] = environ.Env.db_url_config(url)
    # No pool: few threads use the database, each all the time over a persistent connection.
    primary["CONN_MAX_AGE"] = None
    if primary["ENGINE"] == "django.db.backends.sqlite3":
        return {"default": primary | {"OPTIONS": _SQLITE_OPTIONS}}
    primary["CONN_HEALTH_CHECKS"] = True
    primary["OPTIONS"] = {
        **({} if has_connect_timeout else {"connect_timeout": 3}),
        **_postgresql_options(timeout),
        **primary.get("OPTIONS", {}),
    }
    if not replica_url:
        return {"default": primary}
    replica: dict[str, Any] = environ.Env.db_url_config(replica_url)
    options = dict(primary["OPTIONS"])
    options.pop("target_session_attrs", None)  # the replica does not accept writes
    replica = primary | replica | {"OPTIONS": options | replica.get("OPTIONS", {})}
    # Each page asks the replica first whether it is up to date, which is a health check too.
    replica |= {"CONN_HEALTH_CHECKS": False, "TEST": {"MIRROR": "default"}}
    return {"default": primary, "replica": replica}


def _postgresql_options(timeout: int) -> dict[str, Any]:
    """Return libpq's options, in seconds except tcp_user_timeout: detect a dead server in 3 s."""
    # The server detects a dead client as soon, or its locks would stay. Django would set the time
    # zone with a statement on each new connection.
    limits = {"TimeZone": "UTC"}
    limits |= {"tcp_keepalives_idle": "3s", "tcp_keepalives_interval": "1s"}
    limits |= {"tcp_keepalives_count": "3", "tcp_user_timeout": "3s"}
    if timeout:
        names = ("statement_timeout", "idle_in_transaction_session_timeout")
        limits |= dict.fromkeys(names, f"{timeout}s")
    return {
        "tcp_user_timeout": 3_000,
        "keepalives_idle": 3,
        "keepalives_interval": 1,
        "options": " ".join(f"-c {name}={value}" for name, value in limits.items()),
    }


def caches(url: str) -> dict[str, dict[str, Any]]:
    """Return CACHES, in Redis at `url`; without one in the database and in each process.

    `throttle` counts API requests, where a write to the database for each would cost too much.
    """
    if url:
        redis = {"BACKEND": "broadsheet.lib.rate_limit_cache.FallbackRedisCache", "LOCATION": url}
        return {"default": redis, "throttle": redis}
    table = {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "cache",
        "OPTIONS": {"MAX_ENTRIES": 10_000},
    }
    return {
        "default": table,
        "throttle": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"},
    }


def storages(media_url: str, *, debug: bool) -> dict[str, dict[str, Any]]:
    """Return STORAGES, with media in S3 at `media_url`; without one in MEDIA_ROOT."""
    static = "broadsheet.lib.static_storage.ManifestStorage"
    if debug:
        static = "django.contrib.staticfiles.storage.StaticFilesStorage"
    media: dict[str, Any] = {"BACKEND": "broadsheet.lib.file_storage.AtomicFileStorage"}
    if media_url:
        media["BACKEND"] = "broadsheet.lib.s3_storage.MediaS3Storage"
        media["OPTIONS"] = {"url": media_url}
    return {"default": media, "staticfiles": {"BACKEND": static}}


def mailers(url: str, folder: Path) -> dict[str, dict[str, Any]]:
    """Return MAILERS: the server at `url`, or without one the folder that mails are written to."""
    backends = "broadsheet.ops.monitoring.email_backends"
    if not url:
        options: dict[str, Any] = {"file_path": str(folder)}
        return {"default": {"BACKEND": f"{backends}.FolderBackend", "OPTIONS": options}}
    server = environ.Env.email_url_config(url)
    options = {
        "host": server["EMAIL_HOST"],
        "port": server["EMAIL_PORT"],
        "username": server["EMAIL_HOST_USER"],
        "password": server["EMAIL_HOST_PASSWORD"],
        "use_tls": server.get("EMAIL_USE_TLS", False),
        "use_ssl": server.get("EMAIL_USE_SSL", False),
        "timeout": 20,
    }
    return {"default": {"BACKEND": f"{backends}.SMTPBackend", "OPTIONS": options}}
