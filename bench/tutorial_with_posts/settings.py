"""The tutorials' settings with two more URLs; TUTORIAL_WAL sets Broadsheet's journal mode."""

import os

from pathlib import Path

from myproject.settings import *  # type: ignore[import-not-found]  # noqa: F403
from myproject.settings import DATABASES, TEMPLATES

ROOT_URLCONF = "bench.tutorial_with_posts.urls"
TEMPLATES[0]["DIRS"] = [Path(__file__).parent / "templates"]
if os.environ.get("TUTORIAL_WAL"):
    DATABASES["default"]["OPTIONS"] = {
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL"
    }
