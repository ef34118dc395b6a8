"""A theme in the data folder takes the place of public templates."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.template import engines
from django.template.backends.jinja2 import Jinja2
from django.test import Client

from broadsheet.public import pieces
from broadsheet.publication.models import Site


@pytest.fixture
def theme() -> Iterator[Path]:
    """The folder of a theme's templates, found from now on."""
    folder = Path(settings.DATA) / "theme"
    templates = folder / "templates" / "public"
    templates.mkdir(parents=True)
    forget()
    yield templates
    shutil.rmtree(folder)
    forget()


def forget() -> None:
    """Forget the templates that were read, as a restart does."""
    pieces._rendered.cache_clear()
    backend = engines["jinja2"]
    assert isinstance(backend, Jinja2)
    assert backend.env.cache is not None
    backend.env.cache.clear()


def test_its_template_is_taken_before_ours(theme: Path, site: Site, client: Client) -> None:
    (theme / "footer.html").write_text("<footer>Printed by hand for {{ site.name }}</footer>")
    assert b"Printed by hand for The Daily Test" in client.get("/").content


def test_its_style_sheet_comes_after_ours(theme: Path, site: Site, client: Client) -> None:
    (theme / "_styles.html").write_text('<link rel="stylesheet" href="/static/mine.css">')
    page = client.get("/").content.decode()
    assert page.index("read.css") < page.index("mine.css")
