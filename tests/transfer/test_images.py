"""Images on their way here, from a server of the tests' own."""

import http.server
import io
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from AntiSSRF import AntiSSRFPolicy
from django.db import connection
from PIL import Image as Picture
from pytest_django import Settings

from broadsheet.accounts.models import User
from broadsheet.media.models import Image
from broadsheet.posts import actions
from broadsheet.posts.models import Post
from broadsheet.transfer import fetch
from tests.media import samples
from tests.transfer.conftest import Backup, post, report, run

pytestmark = pytest.mark.django_db


def png(colour: str) -> bytes:
    out = io.BytesIO()
    Picture.new("RGB", (8, 6), colour).save(out, "PNG")
    return out.getvalue()


class Elsewhere(http.server.BaseHTTPRequestHandler):
    """A host of images."""

    asked: list[str] = []
    files = {"/a.png": png("red"), "/b%20b.jpeg": png("blue"), "/page": b"<html>"}

    def do_GET(self) -> None:
        self.asked.append(self.path)
        if self.path == "/inwards":
            self.send_response(302)
            self.send_header("Location", "http://169.254.169.254/secret")
            self.end_headers()
        elif self.path == "/drop-by-drop":
            self.send_response(200)
            self.end_headers()
            for _drop in range(600):
                self.wfile.write(b"x")
                time.sleep(0.2)
            self.asked.append("to the last drop")
        elif self.path in self.files:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(self.files[self.path])
        else:
            self.send_error(404)

    def log_message(self, *_args: object) -> None:
        """Stay silent."""


@pytest.fixture
def elsewhere() -> Iterator[str]:
    """The address of a server whose images can be had; only its own machine can reach it."""
    Elsewhere.asked = []
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Elsewhere)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def reachable(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the tests' server through, and nothing else."""
    strict = fetch.policy

    def policy() -> AntiSSRFPolicy:
        rules = strict()
        rules.add_allowed_addresses(["127.0.0.1/32"])
        return rules

    monkeypatch.setattr(fetch, "policy", policy)


def test_images_come_here_once_and_their_addresses_with_them(
    owner: User, backup: Backup, elsewhere: str, reachable: None
) -> None:
    body = f'![one]({elsewhere}/a.png align="center")\n\n![two](<{elsewhere}/b%20b.jpeg>)'
    more = f"cover: {elsewhere}/a.png"
    folder = backup(dict([post(1, body=body, more=more), post(2, body=body)]))
    run("import", "hashnode", folder, "--download-images")
    red, blue = Image.objects.order_by("created_at")
    got = Post.objects.get(slug="post-1")
    assert got.content == f'![one]({red.url} align="center")\n\n![two]({blue.url})'
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
    assert f"image that stays elsewhere: {elsewhere}/later.png (its host refused it (404" in told
    assert f"{elsewhere}/page (The file is no image" in told
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
    assert "1  changed there and edited here" in out
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
    with pytest.raises(fetch.Failed):
        fetch.fetch(address.format(port=elsewhere.rpartition(":")[2]))
    assert Elsewhere.asked == []


def test_what_is_too_large_is_not_read_to_its_end(
    elsewhere: str, reachable: None, settings: Settings
) -> None:
    settings.UPLOAD_MAX_BYTES = 10
    with pytest.raises(fetch.Failed, match="larger than"):
        fetch.fetch(f"{elsewhere}/a.png")


def test_a_host_that_sends_drop_by_drop_is_left_in_time(
    elsewhere: str, reachable: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetch, "SECONDS", 0.2)
    with pytest.raises(fetch.Failed, match="not here after"):
        fetch.fetch(f"{elsewhere}/drop-by-drop")
    assert Elsewhere.asked == ["/drop-by-drop"], "nobody stayed to the last drop"


def test_the_network_is_touched_outside_any_transaction(
    transactional_db: None, backup: Backup, monkeypatch: pytest.MonkeyPatch
) -> None:
    User.objects.create_superuser("olivia", "o@example.org")
    inside: list[bool] = []

    def fetched(address: str) -> bytes:
        inside.append(connection.in_atomic_block)
        raise fetch.Failed("no")

    monkeypatch.setattr(fetch, "fetch", fetched)
    folder = backup(dict([post(body="![](https://e.example/a.png)")]))
    run("import", "hashnode", folder, "--download-images")
    assert inside == [False]
