"""Language, time zone and logo: what the site's settings change on its pages."""

import ast
import datetime as dt
import gettext
import re
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse
from django.utils.translation.template import templatize

import broadsheet
from broadsheet.accounts.models import User
from broadsheet.lib import languages
from broadsheet.media.actions import upload
from broadsheet.publication.actions import edit_site
from broadsheet.publication.models import Site
from tests.public.writing import publish
from tests.studio.test_images import picture

PACKAGE = Path(broadsheet.__file__).parent
MIDNIGHT = dt.datetime(2025, 12, 31, 16, tzinfo=dt.UTC)  # in Tokyo it is the 1st of January


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("de", ["Suche", "Anmelden", "Zum Text springen", "1. Januar 2026", "1 Minute"]),
        ("fr", ["Recherche", "Se connecter", "1 janvier 2026", "1 minute"]),
        ("es", ["Buscar", "Iniciar sesión", "1 de enero de 2026", "1 minuto"]),
    ],
)
def test_the_interface_is_in_the_sites_language(
    client: Client, author: User, language: str, words: list[str]
) -> None:
    publish(author, title="A story", pub_date=MIDNIGHT)
    edit_site(language=f"{language}-CH", time_zone="Asia/Tokyo")
    for path in ("/", "/a-story"):
        page = client.get(path).text
        assert f'<html lang="{language}-CH">' in page
        assert [word for word in words if word not in page] == []
        assert ' lang="en"' not in page


def test_without_a_translation_the_interface_is_marked_as_english(
    client: Client, author: User
) -> None:
    publish(author, title="話", pub_date=MIDNIGHT, slug="hanashi", subtitle="字")
    publish(author, title="An English one", pub_date=MIDNIGHT, slug="english", language="en")
    edit_site(name="新聞", tagline="毎日", language="ja")
    home = client.get("/").text
    assert '<html lang="en">' in home
    assert '<a class="nameplate" href="/" lang="ja">' in home
    assert '<p class="tagline" dir="auto" lang="ja">毎日</p>' in home
    assert home.count('<article class="story') == 2
    assert (
        home.count('<article class="story" lang="ja">')
        + home.count('<article class="story is-lead" lang="ja">')
        == 1
    )
    page = client.get("/hanashi").text
    assert '<article class="post" lang="ja" dir="ltr">' in page
    assert '<p class="meta" lang="en">' in page
    assert "31 December 2025" in page


def test_the_404_page_is_in_the_sites_language(client: Client, site: Site) -> None:
    edit_site(language="de")
    page = client.get("/no-such-page").text
    assert '<html lang="de">' in page
    assert "Hier ist nichts" in page


def test_the_login_and_logout_links_are_in_the_sites_language(client: Client, author: User) -> None:
    edit_site(language="de")
    assert ">Anmelden<" in client.get("/fragments/reader").text
    client.force_login(author)
    assert ">Abmelden<" in client.get("/fragments/reader").text


@pytest.mark.parametrize("path", ["/login", "/signup"])
def test_account_pages_are_marked_as_english(client: Client, author: User, path: str) -> None:
    edit_site(language="de")
    page = client.get(path).text
    assert '<html lang="en">' in page
    assert "Skip to content" in page
    assert '<a class="nameplate" href="/" lang="de">' in page


def test_the_studio_is_marked_as_english(client: Client, author: User) -> None:
    edit_site(language="de")
    client.force_login(author)
    page = client.get(reverse("studio:post-new")).text
    assert '<html lang="en">' in page
    assert 'lang="de"' in page  # of the fields of the post
    assert "Skip to content" in page


def test_dates_are_in_the_sites_time_zone_on_all_pages(client: Client, author: User) -> None:
    publish(author, title="New year", pub_date=MIDNIGHT, tags=["Days"])
    assert "31 December 2025" in client.get("/new-year").text
    edit_site(time_zone="Asia/Tokyo")
    for path in ("/", "/new-year", "/search?q=year"):
        assert "1 January 2026" in client.get(path).text, path
    for path in ("/archive", "/archive/2026", "/tag/days", "/@ada"):
        assert 'datetime="2026-01-01"' in client.get(path).text, path
    assert client.get("/archive/2025").status_code == 404


def test_an_unknown_time_zone_causes_no_server_error(client: Client, site: Site) -> None:
    Site.objects.update(time_zone="Mars/Olympus")
    assert client.get("/").status_code == 200


def test_the_logo_is_shown_with_the_name_unless_it_is_a_wordmark(
    client: Client, owner: User
) -> None:
    logo = upload(BytesIO(picture().read()), name="logo.png", by=owner)
    edit_site(name="The Courier", logo=logo)
    for path in ("/", "/archive", "/login"):
        page = client.get(path).text
        assert '<span dir="auto">The Courier</span>' in page
        assert 'alt="The Courier"' not in page
    edit_site(logo_is_wordmark=True)
    for path in ("/", "/archive", "/login"):
        page = client.get(path).text
        assert 'alt="The Courier"' in page
        assert '<span dir="auto">The Courier</span>' not in page


def test_a_site_without_an_owner_shows_where_the_setup_link_is(client: Client, db: None) -> None:
    page = client.get("/").text
    assert "open the link in the terminal" in page
    assert "Log in to write it" not in page
    assert "open the link in the terminal" in client.get("/login").text
    User.objects.create_superuser("olivia", "olivia@example.org", "a-long-enough-password")
    page = client.get("/").text
    assert "Log in to write it" in page
    assert "open the link in the terminal" not in client.get("/login").text


def messages_of(source: str) -> Iterator[str]:
    """Yield the keys of the messages that Python code translates."""
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
            continue
        strings = [ast.literal_eval(arg) for arg in node.args if isinstance(arg, ast.Constant)]
        match node.func.id:
            case "_" | "gettext" | "ngettext":
                yield from strings[:1]
            case "pgettext":
                yield "\4".join(strings)


def all_messages() -> Iterator[str]:
    """Yield the keys of all messages of the public pages."""
    public = PACKAGE / "public"
    for template in [*public.rglob("*.html"), *(PACKAGE / "templates").glob("*.html")]:
        source = templatize(template.read_text())  # all but the calls is masked
        calls = re.findall(r" ((?:\w*gettext|_)\(.*?\)) ", source, re.DOTALL)
        for call in calls:
            yield from messages_of(call)
    for module in public.rglob("*.py"):
        yield from messages_of(module.read_text())


@pytest.mark.parametrize("language", languages.INTERFACE_LANGUAGES[1:])
def test_all_messages_of_the_public_pages_are_translated(language: str) -> None:
    with (PACKAGE / f"locale/{language}/LC_MESSAGES/django.mo").open("rb") as file:
        known = gettext.GNUTranslations(file)._catalog  # type: ignore[attr-defined]
    known = {key if isinstance(key, str) else key[0] for key in known}
    assert sorted(set(all_messages()) - known) == []
    assert len(set(all_messages())) > 80


@pytest.mark.parametrize("language", languages.INTERFACE_LANGUAGES[1:])
def test_compiled_messages_match_their_source(language: str) -> None:
    folder = PACKAGE / f"locale/{language}/LC_MESSAGES"
    with (folder / "django.mo").open("rb") as file:
        compiled = gettext.GNUTranslations(file)._catalog  # type: ignore[attr-defined]
    translated = re.findall(
        r'^msgstr(?:\[\d\])? "(.+)"$', (folder / "django.po").read_text(), re.MULTILINE
    )
    assert sorted(w.replace("\\\\", "\\") for w in translated) == sorted(
        text for key, text in compiled.items() if key
    )


def test_interface_languages_match_the_translations() -> None:
    folders = {folder.name for folder in (PACKAGE / "locale").iterdir()}
    assert folders == set(languages.INTERFACE_LANGUAGES) - {"en"}
