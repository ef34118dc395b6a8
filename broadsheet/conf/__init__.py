"""All settings that can be changed from outside, as data; `settings.py` builds Django's from them.

`help` is Markdown, with links relative to `docs`: `broadsheet config --markdown` prints the tables
of `docs/settings.md`.
"""

from typing import Any

from broadsheet.conf import caching, files, observability, server, services
from broadsheet.lib.env import Setting

#: The settings by topic. A default can depend on settings before it.
TOPICS: dict[str, list[Setting[Any]]] = {
    title: [value for value in vars(module).values() if isinstance(value, Setting)]
    for title, module in {
        "Server": server,
        "Database, cache and e-mail": services,
        "Page cache and CDN": caching,
        "Uploads and backups": files,
        "Language, time, logs and metrics": observability,
    }.items()
}


SETTINGS = [setting for topic in TOPICS.values() for setting in topic]
