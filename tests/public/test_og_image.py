"""Share images, icons and the accent colour."""

import io
import time
from collections.abc import Callable

import pytest
from django.test import Client
from PIL import Image

from broadsheet.accounts.models import User
from broadsheet.lib import colours
from broadsheet.posts import actions
from broadsheet.public import og_image
from broadsheet.publication.actions import edit_site
from broadsheet.publication.models import Site
from tests.public.writing import publish

WORDS = "Zwölf Boxkämpfer jagen Viktor quer über den großen Sylter Deich"


def open_image(body: bytes) -> Image.Image:
    return Image.open(io.BytesIO(body))


def test_a_post_without_a_cover_has_an_image_of_its_title(client: Client, author: User) -> None:
    post = publish(author, title=WORDS)
    response = client.get(f"/share/{post.pk.hex}-{post.version}.png")
    assert response["Content-Type"] == "image/png"
    assert "max-age=604800" in response["Cache-Control"]
    assert open_image(response.content).size == (1200, 630)
    assert len(response.content) < 60_000


def test_an_old_share_image_redirects_to_the_current_one(client: Client, author: User) -> None:
    post = publish(author)
    actions.edit(post, by=author, version=1, title="Better")
    response = client.get(f"/share/{post.pk.hex}-1.png")
    assert response["Location"] == f"/share/{post.pk.hex}-2.png"


def test_a_draft_has_no_share_image(client: Client, author: User) -> None:
    post = publish(author, status="draft")
    assert client.get(f"/share/{post.pk.hex}-1.png").status_code == 404


def test_a_share_image_set_by_the_author_takes_precedence_over_the_cover(
    client: Client, author: User
) -> None:
    publish(
        author,
        cover_url="https://example.org/c.jpg",
        share_image_url="https://example.org/shared.jpg",
    )
    html = client.get("/a-post").content.decode()
    assert '<meta property="og:image" content="https://example.org/shared.jpg">' in html
    assert "https://example.org/c.jpg" in html, "the cover stays the cover"


def test_the_cover_of_a_post_is_its_share_image(client: Client, author: User) -> None:
    publish(author, cover_url="https://example.org/c.jpg")
    page = client.get("/a-post").content.decode()
    assert '<meta property="og:image" content="https://example.org/c.jpg">' in page


@pytest.mark.parametrize(
    "title",
    ["日本語の題名", "عنوان", "🎉 Party", "", "W" * 300, " ".join(["word"] * 60), "a\nb\x00"],
)
def test_a_share_image_is_drawn_for_any_title(title: str) -> None:
    assert open_image(og_image.draw_og_image(title, "The Daily", "#8c2f1b")).size == (1200, 630)
    assert open_image(og_image.draw_og_image("A", title, "#8c2f1b")).size == (1200, 630)


def test_characters_missing_from_the_font_are_detected() -> None:
    assert og_image.is_drawable(f"{WORDS} — “Žluťoučký kůň”, naïve & £3 €4…")
    for title in ("日本", "عنوان", "🎉", "हिन्दी"):
        assert not og_image.is_drawable(title)


def min_cpu_time(draw: Callable[[], object]) -> float:
    """Return the CPU time of the fastest of ten runs."""

    def cpu_time() -> float:
        start = time.process_time()
        draw()
        return time.process_time() - start

    return min(cpu_time() for _run in range(10))


@pytest.mark.slow
def test_a_share_image_takes_at_most_15_times_as_long_as_an_empty_one() -> None:
    headline = min_cpu_time(lambda: og_image.draw_og_image(WORDS, "The Daily", "#8c2f1b"))
    empty = min_cpu_time(lambda: Image.new("RGB", og_image.SIZE).save(io.BytesIO(), "PNG"))
    assert headline < 15 * empty  # on any machine; it takes 2.5 times as long


def test_the_icons_show_the_first_letter_of_the_name(client: Client, site: Site) -> None:
    svg = client.get("/favicon.svg")
    assert svg["Content-Type"] == "image/svg+xml"
    assert ">D</text>" in svg.content.decode()  # of The Daily Test
    assert open_image(client.get("/favicon.ico").content).format == "ICO"
    assert open_image(client.get("/apple-touch-icon.png").content).size == (180, 180)


@pytest.mark.parametrize("name", ["<&>", "日本", "🎉", "…"])
def test_icons_are_drawn_for_any_name(client: Client, site: Site, name: str) -> None:
    Site.objects.update(name=name)
    for path in ("/favicon.svg", "/favicon.ico", "/apple-touch-icon.png"):
        assert client.get(path).status_code == 200


def test_the_accent_stylesheet_is_linked_only_if_the_accent_is_not_the_default(
    client: Client, site: Site
) -> None:
    assert "theme.css" not in client.get("/").content.decode()
    edit_site(accent="#3355FF")
    assert "/theme.css?v=3355ff-1" in client.get("/").content.decode()
    assert "immutable" in client.get("/theme.css?v=3355ff-1")["Cache-Control"]
    assert "immutable" not in client.get("/theme.css?v=other")["Cache-Control"]


@pytest.mark.parametrize("accent", ["#ffffff", "#000000", "#ffff00", "#8c2f1b", "#808080"])
def test_the_accent_has_enough_contrast_in_both_themes(
    client: Client, site: Site, accent: str
) -> None:
    edit_site(accent=accent)
    css = client.get("/theme.css").content.decode()
    light, dark = (css.split(f"--accent-{name}:")[1][:7] for name in ("light", "dark"))
    assert colours.contrast(light, colours.PAPER) >= 4.5
    assert colours.contrast(dark, colours.DARK_PAPER) >= 4.5
