"""The editing form: new posts, saving, previews and validation."""

import pytest
from django.test import Client
from django.urls import reverse

from broadsheet.accounts.models import User
from broadsheet.posts.models import Post
from broadsheet.publication.models import Site
from tests.studio.conftest import At, Write, form_data


def test_an_author_creates_a_draft_and_can_edit_it(author: User, at: At) -> None:
    data = form_data(title="Hello", content="Some *words*.", tags="Garden, Tea", series="Walks")
    response = at(author).post("/studio/new", data)
    post = Post.objects.get()
    assert response.headers["Location"] == reverse("studio:post-edit", args=[post.pk])
    assert (post.title, post.slug, post.status) == ("Hello", "hello", "draft")
    assert list(post.authors.all()) == [author]
    assert [tag.name for tag in post.tags.order_by("posttag__position")] == ["Garden", "Tea"]
    page = at(author).get(response.headers["Location"])
    for text in ("Hello", "Some *words*.", "Garden, Tea", "Walks"):
        assert text in page.text


def test_saving_stores_every_field_and_creates_a_version(
    author: User, at: At, write: Write
) -> None:
    post = write("One", content="First\n\nSecond")
    everything = {
        "subtitle": "Under it",
        "excerpt": "In short",
        "cover_url": "https://pictures.example/a.jpg",
        "cover_alt": "A tree",
        "slug": "another-address",
        "language": "pt-BR",
        "canonical_url": "https://elsewhere.example/one",
        "seo_title": "For machines",
        "seo_description": "Also for machines",
    }
    url = reverse("studio:post-edit", args=[post.pk])
    data = {"title": "Two", "content": "x\r\ny", "version": 1, "is_featured": "on", **everything}
    at(author).post(url, data)
    post.refresh_from_db()
    assert {name: getattr(post, name) for name in everything} == everything
    assert (post.title, post.content, post.version) == ("Two", "x\ny", 2)
    assert post.is_featured
    assert not post.allows_comments
    assert not post.shows_contents


def test_saving_without_changes_creates_no_version(author: User, at: At, write: Write) -> None:
    post = write("One", content="a\n\n  b\n", tags=["Tea"], series="Walks")
    client = at(author)
    page = client.get(reverse("studio:post-edit", args=[post.pk]))
    form = page.context["form"]
    data = {f.name: v for f in form if (v := f.value()) not in {None, False, ""}}
    client.post(reverse("studio:post-edit", args=[post.pk]), data)
    post.refresh_from_db()
    assert post.version == 1


def test_save_and_publish_redirects_to_the_publish_page(author: User, at: At) -> None:
    response = at(author).post("/studio/new", form_data(publish="1"))
    post = Post.objects.get()
    assert response.headers["Location"] == reverse("studio:post-publish", args=[post.pk])


def test_without_javascript_the_preview_button_shows_the_text_without_saving(
    author: User, at: At
) -> None:
    page = at(author).post("/studio/new", form_data(content="Some *words*.", preview="1"))
    assert "<em>words</em>" in page.text
    assert "Some *words*." in page.text
    assert not Post.objects.exists()


def test_the_live_preview_is_only_the_rendered_text(author: User, at: At) -> None:
    response = at(author).post("/studio/preview", {"content": "Some *words*.<script>bad</script>"})
    assert "<em>words</em>" in response.text
    assert "<script" not in response.text
    assert "<html" not in response.text


def test_removed_content_is_reported_in_the_preview_and_on_saving(author: User, at: At) -> None:
    content = '![]( align="center")\n\n<script>x</script>\n\n<user-name>'
    words = "Not shown to visitors: &lt;script&gt;, image without a URL."
    preview = at(author).post(reverse("studio:text-preview"), {"content": content})
    assert words in preview.text
    assert "&lt;user-name&gt;" in preview.text
    data = form_data(title="Hello", content=content)
    assert words in at(author).post("/studio/new", data, follow=True).text
    post = Post.objects.get()
    url = reverse("studio:post-edit", args=[post.pk])
    data = form_data(post, content=f"{content}!")
    assert words in at(author).post(url, data, follow=True).text


def test_labels_are_in_the_language_of_the_post_or_the_site(author: User, at: At) -> None:
    Site.objects.update_or_create(id=1, defaults={"language": "de"})
    content = "> [!NOTE]\n> a"
    preview = at(author).post(reverse("studio:text-preview"), {"content": content})
    assert "Hinweis" in preview.text
    at(author).post("/studio/new", form_data(title="Hello", content=content))
    post = Post.objects.get()
    assert "Hinweis" in post.html
    data = form_data(post, language="fr")
    at(author).post(reverse("studio:post-edit", args=[post.pk]), data)
    post.refresh_from_db()
    assert "Remarque" in post.html


def test_the_preview_page_shows_the_saved_version(author: User, at: At, write: Write) -> None:
    post = write("A draft", subtitle="Under it", content="Some *words*.")
    page = at(author).get(reverse("studio:post-preview", args=[post.pk]))
    assert "<em>words</em>" in page.text
    assert "Under it" in page.text
    assert 'content="noindex"' in page.text


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("title", "", "required"),
        ("title", "x" * 301, "at most 300"),
        ("subtitle", "x" * 501, "at most 500"),
        ("excerpt", "x" * 1_001, "at most 1000"),
        ("slug", "x" * 201, "at most 200"),
        ("slug", "a/b", "letters, digits, hyphens"),
        ("slug", "login", "reserved"),
        ("tags", "x" * 101, "too long: the limit is 100"),
        ("tags", "Tea, \u200b", "invisible characters only: U+200B"),
        ("series", "\u202e", "invisible characters only: U+202E"),
        ("series", "x" * 201, "at most 200"),
        ("language", "english please", "language tag"),
        ("canonical_url", "javascript:alert(1)", "valid URL"),
        ("cover_url", "no address", "valid URL"),
        ("seo_title", "x" * 301, "at most 300"),
        ("seo_description", "x" * 1_001, "at most 1000"),
        ("version", "soon", "whole number"),
    ],
)
def test_an_invalid_value_is_a_field_error_and_the_text_is_kept(
    author: User, at: At, write: Write, field: str, value: str, words: str
) -> None:
    post = write("One")
    data = form_data(post, content="My long text", **{field: value})
    page = at(author).post(reverse("studio:post-edit", args=[post.pk]), data)
    assert page.status_code == 422
    assert any(words in error for error in page.context["form"].errors[field])
    assert "My long text" in page.text
    post.refresh_from_db()
    assert post.version == 1


def test_a_slug_in_use_is_a_field_error(author: User, at: At, write: Write) -> None:
    write("One", slug="taken")
    post = write("Two")
    url = reverse("studio:post-edit", args=[post.pk])
    page = at(author).post(url, form_data(post, slug="taken"))
    assert "Another post has the URL" in page.context["form"].errors["slug"][0]


def test_a_long_text_is_saved_and_a_megabyte_of_brackets_is_a_field_error(
    author: User, at: At
) -> None:
    text = "Some words of a very long story.\n\n" * 6_000
    response = at(author).post("/studio/new", form_data(content=text))
    assert response.status_code == 302
    assert Post.objects.get().content == text
    page = at(author).post("/studio/new", form_data(content="[" * 1_000_000))
    assert page.status_code == 422
    assert "1,000,000 characters" in page.context["form"].errors["content"][0]
    assert page.context["form"]["content"].value() == "[" * 1_000_000


def test_a_text_that_is_too_long_or_too_complex_is_rejected_and_kept(
    author: User, at: At, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = at(author).post("/studio/new", form_data(content="x" * 1_000_001))
    assert "content" in page.context["form"].errors
    from broadsheet import markup  # noqa: PLC0415 - the renderer is replaced here only

    def reject(source: str, language: str) -> markup.Rendered:
        raise markup.TooComplexError("Too many brackets.")

    monkeypatch.setattr(markup, "render", reject)
    page = at(author).post("/studio/new", form_data(content="[[[ my text"))
    assert page.context["form"].errors["content"] == ["Too many brackets."]
    assert "[[[ my text" in page.text
    preview = at(author).post("/studio/preview", {"content": "[[["})
    assert preview.status_code == 422
    assert "Too many brackets." in preview.text
    assert not Post.objects.exists()


def test_markup_in_fields_is_escaped_on_every_page(author: User, at: At, write: Write) -> None:
    bad = '"><script>alert(1)</script>'
    post = write(bad, subtitle=bad, tags=["</textarea><script>"], series=bad, slug="bad")
    client = at(author)
    for url in (
        "/studio",
        f"/studio?text={bad}&tag={bad}",
        reverse("studio:post-edit", args=[post.pk]),
        reverse("studio:post-preview", args=[post.pk]),
        reverse("studio:post-publish", args=[post.pk]),
        reverse("studio:revision-list", args=[post.pk]),
        reverse("studio:revision-detail", args=[post.pk, 1]),
    ):
        page = client.get(url)
        assert page.status_code == 200
        assert "<script>alert" not in page.text
    conflict = client.post(
        reverse("studio:post-edit", args=[post.pk]),
        form_data(post, version=9, content="</textarea>" + bad),
    )
    assert conflict.status_code == 409
    assert "<script>alert" not in conflict.text


def test_editors_set_the_authors_and_their_order(
    editor: User, author: User, another_author: User, at: At, write: Write
) -> None:
    post = write("One")
    url = reverse("studio:post-edit", args=[post.pk])
    at(editor).post(url, form_data(post, authors="BOB, ada"))
    assert [a.username for a in post.authors.order_by("authorship__position")] == ["bob", "ada"]


def test_only_users_who_can_write_can_be_set_as_authors(
    editor: User, reader: User, at: At, write: Write
) -> None:
    post = write("One")
    url = reverse("studio:post-edit", args=[post.pk])
    page = at(editor).post(url, form_data(post, authors="ada, rita, nobody"))
    assert "rita”, “nobody" in page.context["form"].errors["authors"][0]


def test_authors_cannot_change_the_authors_of_a_post(
    author: User, another_author: User, at: At, write: Write
) -> None:
    post = write("One")
    url = reverse("studio:post-edit", args=[post.pk])
    assert "authors" not in at(author).get(url).context["form"].fields
    at(author).post(url, form_data(post, title="Two", authors="bob"))
    assert list(post.authors.all()) == [author]


def test_a_logged_out_user_who_saves_gets_the_text_back(author: User, write: Write) -> None:
    post = write("One")
    data = form_data(post, content="An hour's <work>", subtitle="And a subtitle", tags="tea")
    page = Client().post(reverse("studio:post-edit", args=[post.pk]), data)
    assert page.status_code == 403
    for text in ("An hour&#x27;s &lt;work&gt;", "One", "And a subtitle", "tea"):
        assert f"\n{text}</textarea>" in page.text
    assert reverse("account_login") in page.text


OTHER_ORIGIN = {"origin": "https://evil.example"}


def csrf_client(user: User | None = None) -> Client:
    """Return a client that checks CSRF tokens."""
    client = Client(enforce_csrf_checks=True)
    if user is not None:
        client.force_login(user)
    return client


@pytest.mark.parametrize("token", ["", "x" * 64, "too-short"])
@pytest.mark.parametrize("is_new", [True, False])
def test_a_form_with_an_invalid_csrf_token_is_shown_again_and_can_be_saved(
    is_new: bool, token: str, author: User, write: Write
) -> None:
    post = write("Old", content="As it was")
    url = "/studio/new" if is_new else f"/studio/posts/{post.pk}/edit"
    fields = form_data(
        None if is_new else post, title="Mine & yours", content="Two lines\nof <text>"
    )
    client = csrf_client(author)
    client.get(url)
    response = client.post(url, {**fields, "csrfmiddlewaretoken": token})
    assert response.status_code == 403
    page = response.content.decode()
    assert "Two lines\nof &lt;text&gt;" in page
    assert "Mine &amp; yours</textarea>" in page
    assert "save again" in page
    assert not Post.objects.filter(title="Mine & yours").exists()
    new_token = str(response.context["csrf_token"])
    assert client.post(url, {**fields, "csrfmiddlewaretoken": new_token}).status_code == 302
    assert Post.objects.get(title="Mine & yours").content == "Two lines\nof <text>"


def test_a_user_without_cookies_who_saves_gets_the_text_back(author: User, write: Write) -> None:
    post = write()
    for url in (f"/studio/posts/{post.pk}/edit", "/studio/new"):
        response = csrf_client().post(url, form_data(post, content="What I wrote"))
        assert response.status_code == 403
        assert "What I wrote" in response.content.decode()
        assert f"/login?next={url}" in response.content.decode()


def test_a_form_from_another_origin_is_not_shown_again(author: User, write: Write) -> None:
    post = write()
    client = csrf_client(author)
    fields = form_data(post, content="What you should save " * 10)
    response = client.post(f"/studio/posts/{post.pk}/edit", fields, headers=OTHER_ORIGIN)
    assert response.status_code == 403
    assert "should save" not in response.content.decode()


def test_a_csrf_error_does_not_reveal_a_post_of_another_user(
    another_author: User, write: Write
) -> None:
    post = write("Secret title")
    response = csrf_client(another_author).post(
        f"/studio/posts/{post.pk}/edit", form_data(content="x")
    )
    assert response.status_code in {403, 404}
    assert "Secret title" not in response.content.decode()


def test_csrf_errors_of_other_forms_return_long_texts_but_no_passwords(author: User) -> None:
    client = csrf_client(author)
    fields = {"bio": "About me. " * 20, "display_name": "Ada", "password1": "secret " * 30}
    page = client.post("/profile", fields).content.decode()
    assert "About me. " * 20 in page
    assert "secret" not in page


def test_saving_keeps_the_line_endings_that_browsers_change(
    at: At, author: User, write: Write
) -> None:
    post = write("One", content="a\r\nb\rc\n")
    url = f"/studio/posts/{post.pk}/edit"
    at(author).post(url, form_data(post, title="Two", content="a\r\nb\r\nc\r\n"))
    post.refresh_from_db()
    assert (post.title, post.content) == ("Two", "a\r\nb\rc\n")


def test_a_line_break_in_a_title_becomes_a_space(at: At, author: User) -> None:
    at(author).post("/studio/new", form_data(title="A title\r\nof two lines"))
    assert Post.objects.get().title == "A title of two lines"
