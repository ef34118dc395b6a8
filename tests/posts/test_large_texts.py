"""Large texts are rendered in child processes and do not delay other users."""

from collections.abc import Iterator

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test import Client

from broadsheet import markup
from broadsheet.accounts.models import User
from broadsheet.lib.process_pool import PoolBusyError, ProcessPool
from broadsheet.markup import process_pool
from broadsheet.markup.render import render as render_here
from broadsheet.posts import actions
from broadsheet.posts.models import Post

LARGE = "Some *words*.\n\n" * 2_000
HOSTILE = "a@b.c " * 40_000  # takes seconds, however quick the machine


@pytest.fixture
def pool(monkeypatch: pytest.MonkeyPatch) -> Iterator[ProcessPool]:
    """A pool of one process, with a limit of one second for each text."""
    pool = ProcessPool("broadsheet.markup.process_pool", processes=1, waiting=1, seconds=1)
    monkeypatch.setattr(process_pool, "pool", pool)
    yield pool
    pool.close()


@pytest.mark.slow
def test_a_large_text_is_rendered_as_in_this_process() -> None:
    text = f"# Title\n\n{LARGE}\n\n## Title[^1]\n\n[^1]: `note`\n"
    assert markup.render(text) == render_here(text)
    with pytest.raises(markup.TooComplexError, match="columns"):
        markup.render("|a" * 100 + "|\n" + "|-" * 100 + "|\n" + LARGE)


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_no_transaction_is_open_while_a_text_is_rendered(
    author: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_transaction: list[bool] = []

    def render(source: str, language: str = "") -> markup.Rendered:
        in_transaction.append(connection.in_atomic_block)
        return process_pool.render(source, language)

    monkeypatch.setattr(markup, "render", render)
    post = actions.create(by=author, title="A post", content=LARGE)
    actions.edit(post, by=author, version=post.version, content=f"{LARGE}More.")
    assert in_transaction == [False, False]


def test_with_a_full_queue_a_large_text_gets_503_and_a_short_one_is_saved(
    author: User, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        process_pool, "pool", ProcessPool("broadsheet.markup.process_pool", processes=0, waiting=0)
    )
    client.force_login(author)
    form_data = {"title": "A title", "content": f"{LARGE}The end.", "authors": author.username}
    page = client.post("/studio/new", form_data)
    assert (page.status_code, page["Retry-After"]) == (503, "5")
    assert "The end." in page.content.decode()
    data = {name: form_data[name] for name in ("title", "content")}
    response = client.post("/api/v1/posts", data, content_type="application/json")
    assert (response.status_code, response["Retry-After"]) == (503, "5")
    preview = client.post("/studio/preview", {"content": LARGE})
    assert (preview.status_code, preview["Retry-After"]) == (503, "5")
    with pytest.raises(PoolBusyError):
        actions.create(by=author, title="A post", content=LARGE)
    assert not Post.objects.exists()
    assert client.post("/studio/new", {**form_data, "content": "Short."}).status_code == 302


@pytest.mark.slow
@pytest.mark.usefixtures("pool")
def test_a_text_that_takes_too_long_to_render_is_a_field_error(author: User) -> None:
    with pytest.raises(ValidationError) as error:
        actions.create(by=author, title="A post", content=HOSTILE)
    assert error.value.message_dict == {
        "content": ["The text takes too long to render. Shorten or split it."]
    }
    assert actions.create(by=author, title="A post", content=LARGE).word_count == 4_000
