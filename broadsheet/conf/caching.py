"""Settings of the page cache and of a CDN in front of it."""

from broadsheet.lib.env import Setting
from broadsheet.lib.setting_parsers import integer, one_of, text, url

PAGE_CACHE_MB = Setting(
    "BROADSHEET_PAGE_CACHE_MB",
    integer(0, 100_000),
    default="16",
    example="256",
    help="Size of the page cache per server process, in megabytes, 0 to 100000. 0 disables it. "
    "Each process needs about 100 MB in addition. Pages are never stale, whatever the size.",
)
ADDRESS_PERCENT = Setting(
    "BROADSHEET_ADDRESS_PERCENT",
    integer(0, 100),
    default="20",
    example="50",
    help="CPU limit per public IP address for uncached pages: long-term share of a core in each "
    "server process, in percent, 0 to 100. Bursts of up to two seconds are allowed; beyond "
    "that, requests get a `429` for a minute. 0: no limit. Cached pages are not limited, and "
    "neither are private addresses such as a proxy's.",
)
CDN_TAGS = Setting(
    "BROADSHEET_CDN_TAGS",
    one_of("", "Surrogate-Key", "Cache-Tag"),
    default="",
    example="Surrogate-Key",
    help="Response header that carries cache tags for your CDN: `Surrogate-Key` or `Cache-Tag`. "
    "Default: `Cache-Tag` for JSON purges, `Surrogate-Key` for header purges; none if no "
    "purge URL is set.",
)
CDN_PURGE_URL = Setting(
    "BROADSHEET_CDN_PURGE_URL",
    url("http", "https"),
    default="",
    example="https://api.fastly.com/service/SERVICE/purge",
    help="URL of your CDN's purge API: [Deploying](deploying.md#a-cdn). It may be inside your "
    "network. Default: none; the CDN then has to revalidate every request.",
)
CDN_PURGE_FORM = Setting(
    "BROADSHEET_CDN_PURGE_FORM",
    one_of("json", "header"),
    default="json",
    example="header",
    help='Format of purge requests: `json` posts `{"tags": […]}`, as Cloudflare expects; `header` '
    "posts a `Surrogate-Key` header, as Fastly expects.",
)
CDN_PURGE_TOKEN = Setting(
    "BROADSHEET_CDN_PURGE_TOKEN",
    text,
    default="",
    example="a-long-random-text",
    help="API token for CDN purges. Sent as `Authorization: Bearer …` (`json`) or `Fastly-Key` "
    "(`header`).",
    is_secret=True,
)
STALE_IF_ERROR_SECONDS = Setting(
    "BROADSHEET_STALE_IF_ERROR_SECONDS",
    integer(0, 86_400),
    default="0",
    example="60",
    help="How long (seconds) to serve cached pages without validation while PostgreSQL is "
    "unreachable, 0 to 86400: [Scaling](scaling.md#when-the-database-is-gone). Only pages "
    "that were valid when it last answered are served. 0 disables this, so that no one ever "
    "sees a stale page.",
)
