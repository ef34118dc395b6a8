"""Posts in scripts other than Latin."""

import pytest
from django.test import Client
from django.utils.encoding import iri_to_uri

from broadsheet.accounts.models import User
from tests.public.writing import publish


@pytest.mark.parametrize(
    "title", ["हिन्दी में लिखना", "การเขียนภาษาไทย", "বাংলা লেখা", "日本語で書く", "الكتابة", "עִבְרִית"]
)
def test_the_slug_of_a_title_in_any_script_keeps_its_characters(
    title: str, client: Client, author: User
) -> None:
    post = publish(author, title=title, slug="", tags=[title])
    assert len(post.slug) == len(title)
    assert client.get(iri_to_uri(f"/{post.slug}")).status_code == 200
    assert client.get(iri_to_uri(f"/tag/{post.slug}")).status_code == 200
