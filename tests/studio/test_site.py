"""The settings page of the studio."""

from typing import Any

import pytest

from broadsheet.accounts.models import Registration, User
from broadsheet.media.models import Image
from broadsheet.publication.models import Site
from tests.studio.conftest import At
from tests.studio.test_images import picture


def form_data(**changes: Any) -> dict[str, Any]:
    return {
        "name": "The Courier",
        "tagline": "Daily",
        "accent": "#225588",
        "language": "de",
        "time_zone": "Europe/Berlin",
        "footer": "Made *here*.",
        "mode": "open",
        "role": "author",
        "links-TOTAL_FORMS": "2",
        "links-INITIAL_FORMS": "0",
        "links-0-label": "About",
        "links-0-url": "/about-us",
        "links-1-label": "",
        "links-1-url": "",
        **changes,
    }


def test_the_owner_changes_the_site_and_who_can_sign_up(owner: User, at: At) -> None:
    page = at(owner).post("/studio/settings", form_data(), follow=True)
    assert "Saved." in page.text
    site = Site.current()
    assert (site.name, site.tagline, site.accent, site.language, site.time_zone) == (
        "The Courier",
        "Daily",
        "#225588",
        "de",
        "Europe/Berlin",
    )
    assert "<em>here</em>" in site.footer_html
    assert site.navigation == [{"label": "About", "url": "/about-us"}]
    registration = Registration.current()
    assert (registration.mode, registration.role) == ("open", "author")


def test_a_logo_is_uploaded_kept_and_removed(owner: User, at: At) -> None:
    client = at(owner)
    client.post("/studio/settings", form_data(logo_file=picture()))
    image = Image.objects.get()
    assert Site.current().logo == image
    client.post("/studio/settings", form_data(logo=str(image.pk)))
    assert Site.current().logo == image
    client.post("/studio/settings", form_data(logo=str(image.pk), remove_logo="on"))
    assert Site.current().logo is None


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""),
        ("name", "x" * 101),
        ("accent", "red"),
        ("language", "German"),
        ("time_zone", "Europe/Atlantis"),
        ("time_zone", "../../etc/passwd"),
        ("role", "owner"),
        ("mode", "sometimes"),
        ("footer", "x" * 5_001),
        ("links-0-url", "javascript:alert(1)"),
        ("links-0-url", "//evil.example"),
        ("links-0-url", "https://"),
        ("links-0-url", "http://[bad"),
        ("links-0-url", ""),
        ("links-0-label", ""),
    ],
)
def test_an_invalid_value_is_a_field_error_and_changes_nothing(
    owner: User, at: At, field: str, value: str
) -> None:
    page = at(owner).post("/studio/settings", form_data(**{field: value}))
    assert page.status_code == 422
    *_, name = field.split("-")
    form = page.context["links"][0] if "-" in field else page.context["form"]
    assert form.errors[name]
    assert Site.current().name == "The Daily Test"


def test_the_page_warns_about_an_accent_with_low_contrast(owner: User, at: At) -> None:
    client = at(owner)
    client.post("/studio/settings", form_data(accent="#ffff00"))
    page = client.get("/studio/settings")
    assert "low contrast" in page.text
