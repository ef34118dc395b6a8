"""The tutorials' settings; two addresses more."""

from pathlib import Path

from myproject.settings import *  # type: ignore[import-not-found]  # noqa: F403
from myproject.settings import TEMPLATES

ROOT_URLCONF = "bench.tutorial_with_posts.urls"
TEMPLATES[0]["DIRS"] = [Path(__file__).parent / "templates"]
