"""Images on their way here, from a server of the tests' own."""

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
from broadsheet.transfer.start_import import start_import
from tests.media import samples
from tests.transfer.conftest import Backup, Elsewhere, png, post, report, run

pytestmark = pytest.mark.django_db


def test_images_come_here_once_and_their_addresses_with_them(
    owner: User, backup: Backup, elsewhere: str, reachable: None
) -> None:
    body = (
        f'![one]({elsewhere}/a.png align="center")\n\n![two](<{elsewhere}/b%20b.jpeg>)'
        f"\n\n<img src='{elsewhere}/a.png' alt='three'>"
    )
    more = f"cover: {elsewhere}/a.png"
    folder = backup(dict([post(1, body=body, more=more), post(2, body=body)]))
    run("import", "hashnode", folder, "--download-images")
    red, blue = Image.objects.order_by("created_at")
    got = Post.objects.get(slug="post-1")
    assert got.content == (
        f'![one]({red.url} align="center")\n\n![two]({blue.url})'
        f"\n\n<img src=\"{red.url}\" alt='three'>"
    )
    assert (got.cover, got.cover_url, got.version) == (red, "", 1)
    assert sorted(Elsewhere.asked) == ["/a.png", "/b%20b.jpeg"]
    assert "2  unchanged" in run("import", "hashnode", folder, "--download-images")
    assert len(Elsewhere.asked) == 2


def test_what_cannot_be_had_keeps_its_address_and_is_tried_again(
    owner: User, backup: Backup, elsewhere: str, reachable: None, data: Path
) -> None:
    body = f"![]({elsewhere}/later.png)\n\n![]({elsewhere}/page)\n\n![]({elsewhere}/inwards)"
    folder = backup(dict([post(body=body)]))
    run("import", "hashnode", folder, "--download-images")
    assert Post.objects.get().content == body
    told = report(data)
    assert f"image not downloaded: {elsewhere}/later.png (its host returned an error (404" in told
    assert f"{elsewhere}/page (Unsupported file type" in told
    assert f"{elsewhere}/inwards (its host is not on the public internet)" in told
    Elsewhere.files["/later.png"] = png("green")
    try:
        assert "1  updated" in run("import", "hashnode", folder, "--download-images")
    finally:
        del Elsewhere.files["/later.png"]
    assert Image.objects.get().url in Post.objects.get().content


def test_odd_images_stop_neither_the_others_nor_the_import(
    owner: User, backup: Backup, elsewhere: str, reachable: None
) -> None:
    odd = {"/b-mpo.jpg": samples.mpo().data, "/c-cut.png": png("red")[:40]}
    Elsewhere.files |= odd
    names = ["/a.png", *odd, "/b%20b.jpeg"]
    body = "\n\n".join(f"![](<{elsewhere}{name}>)" for name in names)
    try:
        run("import", "hashnode", backup(dict([post(body=body)])), "--download-images")
    finally:
        for name in odd:
            del Elsewhere.files[name]
    assert Image.objects.count() == 3
    assert f"{elsewhere}/c-cut.png" in Post.objects.get().content


def test_images_can_be_fetched_for_posts_that_are_here_already(
    owner: User, backup: Backup, elsewhere: str, reachable: None
) -> None:
    folder = backup(dict(post(n, body=f"![]({elsewhere}/a.png)") for n in range(2)))
    run("import", "hashnode", folder)
    actions.edit(Post.objects.get(slug="post-0"), by=owner, version=1, title="Mine")
    assert Elsewhere.asked == []
    out = run("import", "hashnode", folder, "--download-images")
    assert "1  updated" in out
    assert "1  skipped: changed at the source and edited here" in out
    assert "2  unchanged" in run("import", "hashnode", folder)


@pytest.mark.parametrize(
    "address",
    ["http://127.0.0.1:{port}/a.png", "http://localhost:{port}/a.png", "http://[::1]:{port}/a.png",
     "http://0x7f.1:{port}/a.png", "http://[::ffff:127.0.0.1]:{port}/a.png", "file:///etc/passwd",
     "http://169.254.169.254/latest"],
)  # fmt: skip
def test_addresses_of_this_machine_and_its_network_are_never_asked(
    elsewhere: str, address: str
) -> None:
    with pytest.raises(safe_http.FetchError):
        safe_http.fetch(address.format(port=elsewhere.rpartition(":")[2]))
    assert Elsewhere.asked == []


def test_what_is_too_large_is_not_read_to_its_end(
    elsewhere: str, reachable: None, settings: Settings
) -> None:
    settings.UPLOAD_MAX_BYTES = 10
    with pytest.raises(safe_http.FetchError, match="larger than"):
        safe_http.fetch(f"{elsewhere}/a.png")


def test_a_host_that_sends_drop_by_drop_is_left_in_time(
    elsewhere: str, reachable: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(safe_http, "MAX_SECONDS", 0.2)
    with pytest.raises(safe_http.FetchError, match="no response within"):
        safe_http.fetch(f"{elsewhere}/drop-by-drop")
    assert Elsewhere.asked == ["/drop-by-drop"], "nobody stayed to the last drop"


def test_the_network_is_touched_outside_any_transaction(
    transactional_db: None, backup: Backup, monkeypatch: pytest.MonkeyPatch
) -> None:
    User.objects.create_superuser("olivia", "o@example.org")
    inside: list[bool] = []

    def fetched(address: str) -> bytes:
        inside.append(connection.in_atomic_block)
        raise safe_http.FetchError("no")

    monkeypatch.setattr(safe_http, "fetch", fetched)
    folder = backup(dict([post(body="![](https://e.example/a.png)")]))
    run("import", "hashnode", folder, "--download-images")
    assert inside == [False]


@pytest.mark.parametrize(("words", "is_fetched"), [((), True), (("--no-download-images",), False)])
def test_images_come_here_unless_a_switch_says_no(
    owner: User,
    backup: Backup,
    elsewhere: str,
    reachable: None,
    words: tuple[str, ...],
    is_fetched: bool,
) -> None:
    folder = backup(dict([post(1, body=f"![]({elsewhere}/a.png)")]))
    out = io.StringIO()
    call_command("import", "hashnode", str(folder), *words, stdout=out)
    got = Post.objects.get()
    assert (elsewhere in got.html) != is_fetched
    assert ("1  images downloaded" in out.getvalue()) == is_fetched


def test_the_page_brings_images_here_unless_the_owner_says_no(
    owner: User, client: Client, backup: Backup, elsewhere: str, reachable: None
) -> None:
    client.force_login(owner)
    form = client.get("/studio/import").context["form"]
    assert form["downloads_images"].value() is True
    name, text = post(1, body=f"![]({elsewhere}/a.png)")
    file = SimpleUploadedFile(name, text.encode())
    values = {"archive": [file], "origin": "hashnode", "author": str(owner.pk)}
    client.post("/studio/import", values | {"downloads_images": "on"})
    import_run = ImportRun.objects.get()
    tasks.carry_out.func(str(import_run.pk))
    import_run.refresh_from_db()
    assert (import_run.status, import_run.images) == ("done", 1)
    assert Image.objects.get().url in Post.objects.get().content
    assert "1  images downloaded" in client.get(f"/studio/import/{import_run.pk}").text


def test_an_owner_can_cancel_while_images_come(
    owner: User, client: Client, backup: Backup, elsewhere: str, reachable: None
) -> None:
    client.force_login(owner)
    body = f"![]({elsewhere}/a.png)\n\n![]({elsewhere}/b%20b.jpeg)"
    files = [SimpleUploadedFile(name, text.encode()) for name, text in [post(1, body=body)]]
    values = {"archive": files, "origin": "hashnode", "author": str(owner.pk)}
    client.post("/studio/import", values | {"downloads_images": "on"})
    import_run = ImportRun.objects.get()
    jobs.cancel_run(import_run)
    tasks.carry_out.func(str(import_run.pk))
    ImportRun.objects.update(status="running")
    with pytest.raises(ImportCancelledError):
        start_import(
            "hashnode",
            import_run.folder,
            options=ImportOptions(owner),
            report=Report(),
            on_progress=stop,
        )
    assert len(Elsewhere.asked) == 1


def stop(_progress: object) -> None:
    raise ImportCancelledError


def test_a_host_that_does_not_answer_is_soon_left_alone(
    owner: User, backup: Backup, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def silent(address: str) -> bytes:
        asked.append(address)
        raise safe_http.NoResponseError("no response within 30 seconds")

    monkeypatch.setattr(safe_http, "fetch", silent)
    body = "\n\n".join(f"![](https://dead.example/{n}.png)" for n in range(9))
    folder = backup(dict([post(1, body=body), post(2, body="![](https://other.example/a.png)")]))
    assert "2  new" in run("import", "hashnode", folder, "--download-images")
    assert [address.split("/")[2] for address in asked].count("dead.example") == 3
    assert asked[-1] == "https://other.example/a.png"
    assert "https://dead.example/8.png (its host did not answer 3 times)" in report(data)
