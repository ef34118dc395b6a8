"""A theme in the data folder overrides public templates."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.template.autoreload import reset_loaders
from django.test import Client
from pytest_django import Settings

from broadsheet.publication.models import Site


@pytest.fixture
def theme(settings: Settings) -> Iterator[Path]:
    """The templates folder of a theme, which the template loaders find."""
    settings.DEBUG = True  # fragments are not cached
    folder = Path(settings.DATA) / "theme"
    templates = folder / "templates" / "public"
    templates.mkdir(parents=True)
    reset_loaders()
    yield templates
    shutil.rmtree(folder)
    reset_loaders()


def test_a_template_of_the_theme_overrides_ours(theme: Path, site: Site, client: Client) -> None:
    (theme / "footer.html").write_text("<footer>Printed by hand for {{ site.name }}</footer>")
    assert b"Printed by hand for The Daily Test" in client.get("/").content


def test_the_stylesheet_of_the_theme_comes_after_ours(
    theme: Path, site: Site, client: Client
) -> None:
    (theme / "_styles.html").write_text('<link rel="stylesheet" href="/static/mine.css">')
    page = client.get("/").content.decode()
    assert page.index("read.css") < page.index("mine.css")
