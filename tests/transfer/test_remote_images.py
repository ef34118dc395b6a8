"""Downloads of images by an import."""

import io
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.db import connection
from django.test import Client
from pytest_django import Settings

from broadsheet.accounts.models import User
from broadsheet.lib import safe_http
from broadsheet.media.models import Image
from broadsheet.posts import actions
from broadsheet.posts.models import Post
from broadsheet.transfer import jobs, tasks
from broadsheet.transfer.error_isolation import ImportCancelledError
from broadsheet.transfer.models import ImportRun
from broadsheet.transfer.pipeline import ImportOptions
from broadsheet.transfer.report import Report
from broadsheet.transfer.run_import import run_import
from tests.media import samples
from tests.transfer.conftest import Backup, ImageHost, png, post, report, run

pytestmark = pytest.mark.django_db


def test_images_are_downloaded_once_and_their_urls_replaced(
    owner: User, backup: Backup, image_host: str, allow_image_host: None
) -> None:
    body = (
        f'![one]({image_host}/a.png align="center")\n\n![two](<{image_host}/b%20b.jpeg>)'
        f"\n\n<img src='{image_host}/a.png' alt='three'>"
    )
    more = f"cover: {image_host}/a.png"
    folder = backup(dict([post(1, body=body, more=more), post(2, body=body)]))
    run("import", "hashnode", folder, "--download-images")
    red, blue = Image.objects.order_by("created_at")
    saved = Post.objects.get(slug="post-1")
    assert saved.content == (
        f'![one]({red.url} align="center")\n\n![two]({blue.url})'
        f"\n\n<img src=\"{red.url}\" alt='three'>"
    )
    assert (saved.cover, saved.cover_url, saved.version) == (red, "", 1)
    assert sorted(ImageHost.requested) == ["/a.png", "/b%20b.jpeg"]
    assert "2  unchanged" in run("import", "hashnode", folder, "--download-images")
    assert len(ImageHost.requested) == 2


def test_an_image_that_cannot_be_downloaded_keeps_its_url_and_is_retried(
    owner: User, backup: Backup, image_host: str, allow_image_host: None, data: Path
) -> None:
    body = f"![]({image_host}/later.png)\n\n![]({image_host}/page)\n\n![]({image_host}/inwards)"
    folder = backup(dict([post(body=body)]))
    run("import", "hashnode", folder, "--download-images")
    assert Post.objects.get().content == body
    text = report(data)
    assert f"image not downloaded: {image_host}/later.png (its host returned an error (404" in text
    assert f"{image_host}/page (Unsupported file type" in text
    assert f"{image_host}/inwards (its host is not on the public internet)" in text
    ImageHost.files["/later.png"] = png("green")
    try:
        assert "1  updated" in run("import", "hashnode", folder, "--download-images")
    finally:
        del ImageHost.files["/later.png"]
    assert Image.objects.get().url in Post.objects.get().content


@pytest.mark.slow
def test_unusual_images_stop_neither_the_others_nor_the_import(
    owner: User, backup: Backup, image_host: str, allow_image_host: None
) -> None:
    unusual = {"/b-mpo.jpg": samples.mpo().data, "/c-cut.png": png("red")[:40]}
    ImageHost.files |= unusual
    names = ["/a.png", *unusual, "/b%20b.jpeg"]
    body = "\n\n".join(f"![](<{image_host}{name}>)" for name in names)
    try:
        run("import", "hashnode", backup(dict([post(body=body)])), "--download-images")
    finally:
        for name in unusual:
            del ImageHost.files[name]
    assert Image.objects.count() == 3
    assert f"{image_host}/c-cut.png" in Post.objects.get().content


def test_images_can_be_downloaded_for_posts_that_were_imported_before(
    owner: User, backup: Backup, image_host: str, allow_image_host: None
) -> None:
    folder = backup(dict(post(n, body=f"![]({image_host}/a.png)") for n in range(2)))
    run("import", "hashnode", folder)
    actions.edit(Post.objects.get(slug="post-0"), by=owner, version=1, title="Mine")
    assert ImageHost.requested == []
    out = run("import", "hashnode", folder, "--download-images")
    assert "1  updated" in out
    assert "1  skipped: changed at the source and edited here" in out
    assert "2  unchanged" in run("import", "hashnode", folder)


@pytest.mark.parametrize(
    "url",
    ["http://127.0.0.1:{port}/a.png", "http://localhost:{port}/a.png", "http://[::1]:{port}/a.png",
     "http://0x7f.1:{port}/a.png", "http://[::ffff:127.0.0.1]:{port}/a.png", "file:///etc/passwd",
     "http://169.254.169.254/latest"],
)  # fmt: skip
def test_urls_of_this_machine_and_its_network_are_never_requested(
    image_host: str, url: str
) -> None:
    with pytest.raises(safe_http.FetchError):
        safe_http.fetch(url.format(port=image_host.rpartition(":")[2]))
    assert ImageHost.requested == []


def test_a_download_that_is_too_large_is_stopped(
    image_host: str, allow_image_host: None, settings: Settings
) -> None:
    settings.UPLOAD_MAX_BYTES = 10
    with pytest.raises(safe_http.FetchError, match="larger than"):
        safe_http.fetch(f"{image_host}/a.png")


def test_a_slow_download_is_stopped_after_a_time_limit(
    image_host: str, allow_image_host: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(safe_http, "MAX_SECONDS", 0.2)
    with pytest.raises(safe_http.FetchError, match="no response within"):
        safe_http.fetch(f"{image_host}/drop-by-drop")
    assert ImageHost.requested == ["/drop-by-drop"], "the response was not read to its end"


def test_downloads_take_place_outside_of_transactions(
    transactional_db: None, backup: Backup, monkeypatch: pytest.MonkeyPatch
) -> None:
    User.objects.create_superuser("olivia", "o@example.org")
    in_transaction: list[bool] = []

    def fetch(url: str) -> bytes:
        in_transaction.append(connection.in_atomic_block)
        raise safe_http.FetchError("no")

    monkeypatch.setattr(safe_http, "fetch", fetch)
    folder = backup(dict([post(body="![](https://e.example/a.png)")]))
    run("import", "hashnode", folder, "--download-images")
    assert in_transaction == [False]


@pytest.mark.parametrize(("words", "is_fetched"), [((), True), (("--no-download-images",), False)])
def test_the_command_downloads_images_unless_an_option_disables_it(
    owner: User,
    backup: Backup,
    image_host: str,
    allow_image_host: None,
    words: tuple[str, ...],
    is_fetched: bool,
) -> None:
    folder = backup(dict([post(1, body=f"![]({image_host}/a.png)")]))
    out = io.StringIO()
    call_command("import", "hashnode", str(folder), *words, stdout=out)
    saved = Post.objects.get()
    assert (image_host in saved.html) != is_fetched
    assert ("1  images downloaded" in out.getvalue()) == is_fetched


def test_the_studio_downloads_images_by_default(
    owner: User, client: Client, backup: Backup, image_host: str, allow_image_host: None
) -> None:
    client.force_login(owner)
    form = client.get("/studio/import").context["form"]
    assert form["downloads_images"].value() is True
    name, text = post(1, body=f"![]({image_host}/a.png)")
    file = SimpleUploadedFile(name, text.encode())
    values = {"archive": [file], "origin": "hashnode", "author": str(owner.pk)}
    client.post("/studio/import", values | {"downloads_images": "on"})
    import_run = ImportRun.objects.get()
    tasks.carry_out.func(str(import_run.pk))
    import_run.refresh_from_db()
    assert (import_run.status, import_run.images) == ("done", 1)
    assert Image.objects.get().url in Post.objects.get().content
    assert "1  images downloaded" in client.get(f"/studio/import/{import_run.pk}").text


def test_an_owner_can_cancel_while_images_are_downloaded(
    owner: User, client: Client, backup: Backup, image_host: str, allow_image_host: None
) -> None:
    client.force_login(owner)
    body = f"![]({image_host}/a.png)\n\n![]({image_host}/b%20b.jpeg)"
    files = [SimpleUploadedFile(name, text.encode()) for name, text in [post(1, body=body)]]
    values = {"archive": files, "origin": "hashnode", "author": str(owner.pk)}
    client.post("/studio/import", values | {"downloads_images": "on"})
    import_run = ImportRun.objects.get()
    jobs.cancel_run(import_run)
    tasks.carry_out.func(str(import_run.pk))
    ImportRun.objects.update(status="running")
    with pytest.raises(ImportCancelledError):
        run_import(
            "hashnode",
            import_run.folder,
            options=ImportOptions(owner),
            report=Report(),
            on_progress=cancel,
        )
    assert len(ImageHost.requested) == 1


def cancel(_progress: object) -> None:
    raise ImportCancelledError


def test_a_host_that_does_not_respond_is_skipped_after_three_requests(
    owner: User, backup: Backup, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    requested: list[str] = []

    def no_response(url: str) -> bytes:
        requested.append(url)
        raise safe_http.NoResponseError("no response within 30 seconds")

    monkeypatch.setattr(safe_http, "fetch", no_response)
    body = "\n\n".join(f"![](https://dead.example/{n}.png)" for n in range(9))
    folder = backup(dict([post(1, body=body), post(2, body="![](https://other.example/a.png)")]))
    assert "2  new" in run("import", "hashnode", folder, "--download-images")
    assert [url.split("/")[2] for url in requested].count("dead.example") == 3
    assert requested[-1] == "https://other.example/a.png"
    assert "https://dead.example/8.png (its host did not answer 3 times)" in report(data)
