"""Settings of language, time, logs, traces and metrics."""

from broadsheet.lib.env import Setting
from broadsheet.lib.setting_parsers import (
    integer,
    language,
    network_address,
    one_of,
    text,
    time_zone,
    url,
)

LANGUAGE_CODE = Setting(
    "LANGUAGE_CODE",
    language,
    default="en",
    example="de",
    help="Language of the admin and of API messages, as a language tag. The language of public "
    "pages is set in the studio.",
)
TIME_ZONE = Setting(
    "TIME_ZONE",
    time_zone,
    default="UTC",
    example="Europe/Berlin",
    help="Time zone in which dates are shown. A time zone set in the studio takes precedence.",
)
LOG_LEVEL = Setting(
    "LOG_LEVEL",
    one_of("DEBUG", "INFO", "WARNING", "ERROR"),
    default="WARNING",
    example="INFO",
    help="Log level: `DEBUG`, `INFO`, `WARNING` or `ERROR`. Logs go to standard error.",
)
LOG_FORMAT = Setting(
    "LOG_FORMAT",
    one_of("line", "json"),
    default="line",
    example="json",
    help="Log format: `line` (plain text) or `json` (one JSON object per line).",
)
METRICS_TOKEN = Setting(
    "BROADSHEET_METRICS_TOKEN",
    text,
    default="",
    example="a-long-random-text",
    help="Token for `/metrics`, sent as `Authorization: Bearer …`: "
    "[Monitoring](monitoring.md#metrics). Default: only logged-in owners can read it.",
    is_secret=True,
)
METRICS_ADDRESS = Setting(
    "BROADSHEET_METRICS_ADDRESS",
    network_address,
    default="",
    example="127.0.0.1:9464",
    help="Address (HOST:PORT) where the worker serves metrics to Prometheus without a token: "
    "[Monitoring](monitoring.md#metrics). Default: none.",
)
SENTRY_DSN = Setting(
    "SENTRY_DSN",
    url("http", "https"),
    default="",
    example="https://key@sentry.example.org/1",
    help="Sentry-compatible DSN for error reports (GlitchTip and others work too): "
    "[Monitoring](monitoring.md#health-logs-and-alerts). Default: errors are only logged.",
    is_secret=True,
)
OTEL_EXPORTER_OTLP_ENDPOINT = Setting(
    "OTEL_EXPORTER_OTLP_ENDPOINT",
    url("http", "https"),
    default="",
    example="http://localhost:4318",
    help="OTLP/HTTP endpoint for OpenTelemetry traces: [Monitoring](monitoring.md#traces). "
    "Default: no traces.",
    is_exported=True,
)
OTEL_EXPORTER_OTLP_HEADERS = Setting(
    "OTEL_EXPORTER_OTLP_HEADERS",
    text,
    default="",
    example="authorization=Bearer%20a-long-random-text",
    help="Extra headers for the OTLP exporter, for example an authorization header.",
    is_secret=True,
    is_exported=True,
)
REFERRER_DAYS = Setting(
    "BROADSHEET_REFERRER_DAYS",
    integer(1, 36_500),
    default="400",
    example="90",
    help="For how many days to keep [views](statistics.md) by the site that they came from, 1 to "
    "36500. Of older days, only the number of views per post remains.",
)
