"""Uploads of images."""

import io
import struct
import zipfile
import zlib
from collections.abc import Callable
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image as Pillow
from PIL.PngImagePlugin import PngInfo
from pytest_django import Settings

from broadsheet.accounts.models import User
from broadsheet.lib import images
from broadsheet.lib.image_variants import ImageVariants
from broadsheet.media import actions, tasks
from broadsheet.media.models import Image
from tests.media import samples


def picture(kind: str = "PNG", size: tuple[int, int] = (64, 48), **options: Any) -> bytes:
    out = io.BytesIO()
    Pillow.linear_gradient("L").resize(size).convert("RGB").save(out, kind, **options)
    return out.getvalue()


def photo() -> bytes:
    exif = Pillow.Exif()
    exif[0x0112] = 6  # rotated by 90 degrees
    exif[0x010F] = "A camera that knows where you live"
    exif.get_ifd(0x8825)[2] = (52.0, 31.0, 12.0)
    return picture("JPEG", exif=exif)


@pytest.mark.parametrize("kind", images.EXTENSIONS)
def test_every_type_is_stored_under_the_digest_of_its_content(kind: str, author: User) -> None:
    name = f"picture.{images.EXTENSIONS[kind]}"
    image = actions.upload(io.BytesIO(picture(kind)), name=name, by=author)
    stem, extension = f"{image.digest[:2]}/{image.digest}/64x48", name.split(".")[1]
    assert image.file.name in {f"{stem}-{tone}.{extension}" for tone in ("777", "888")}
    assert default_storage.size(image.file.name) == image.bytes
    again = actions.upload(io.BytesIO(picture(kind)), name=name, by=author)
    assert again == image


@pytest.mark.parametrize(
    ("colours", "tone"),
    [
        ([(255, 0, 0)], "f00"),
        ([(0, 0, 0), (255, 255, 255)], "888"),
        ([(170, 51, 187)] * 3, "a3b"),
        ([(255, 0, 0, 255), (255, 0, 0, 0)], ""),
    ],
)
def test_the_url_contains_the_mean_colour_of_an_opaque_image(
    colours: list[tuple[int, ...]], tone: str, author: User
) -> None:
    out = io.BytesIO()
    drawing = Pillow.new("RGBA" if len(colours[0]) == 4 else "RGB", (len(colours), 1))
    drawing.putdata(colours)
    drawing.save(out, "PNG")
    image = actions.upload(io.BytesIO(out.getvalue()), name="a.png", by=author)
    variants = ImageVariants.parse(image.url)
    assert variants is not None
    assert variants.tone == tone


def test_an_image_with_an_older_path_keeps_it(author: User) -> None:
    image = actions.upload(io.BytesIO(picture()), name="a.png", by=author)
    old = f"{image.digest[:2]}/{image.digest}/64x48.png"
    default_storage.save(old, io.BytesIO(picture()))
    Image.objects.update(file=old)
    assert actions.upload(io.BytesIO(picture()), name="a.png", by=author).file.name == old


def test_a_photo_loses_its_metadata_and_is_rotated_upright(author: User) -> None:
    image = actions.upload(io.BytesIO(photo()), name="photo.jpeg", by=author)
    assert (image.width, image.height) == (48, 64)
    with image.file.open() as file, Pillow.open(file) as stored:
        assert not dict(stored.getexif())
        file.seek(0)
        assert b"camera" not in file.read()


def test_the_first_picture_of_a_multi_picture_file_is_stored_as_a_jpeg(
    author: User, client: Client
) -> None:
    client.force_login(author)
    file = SimpleUploadedFile("photo.jpg", samples.mpo().data)
    response = client.post("/studio/images", {"file": file}, headers={"Accept": "application/json"})
    assert (response.status_code, response.json()["width"]) == (201, 64)
    with Image.objects.get().file.open() as stored, Pillow.open(stored) as picture:
        assert (picture.format, getattr(picture, "n_frames", 1)) == ("JPEG", 1)


def test_a_variant_that_cannot_be_created_is_replaced_by_the_original(
    author: User, client: Client
) -> None:
    image = actions.upload(io.BytesIO(picture("JPEG", (600, 400))), name="a.jpg", by=author)
    default_storage.delete(str(image.file.name))
    default_storage.save(str(image.file.name), io.BytesIO(b"a disk that forgot"))
    tasks.make_variants.call(str(image.pk))
    response = client.get(f"{image.url.rpartition('/')[0]}/480.avif")
    assert response.getvalue() == b"a disk that forgot"


def test_a_png_loses_its_comments(author: User) -> None:
    info = PngInfo()
    info.add_text("Comment", "where I live")
    image = actions.upload(io.BytesIO(picture(pnginfo=info)), name="a.png", by=author)
    with image.file.open() as file:
        assert b"where I live" not in file.read()


def bomb() -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    header = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    body = chunk(b"IDAT", zlib.compress(b"\0" * 1_000_000))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + body + chunk(b"IEND", b"")


def append_archive(image: bytes) -> bytes:
    out = io.BytesIO(image)
    out.seek(0, io.SEEK_END)
    with zipfile.ZipFile(out, "a") as archive:
        archive.writestr("evil.html", "x")
    return out.getvalue()


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [
        ("bomb.png", bomb, "pixels"),
        ("page.gif", lambda: picture("GIF") + b"<script>alert(1)</script>", "something else"),
        ("page.png", lambda: picture() + b"<!DOCTYPE html><p>", "something else"),
        ("both.png", lambda: append_archive(picture()), "something else"),
        ("wrong.jpg", picture, "ends in .jpg, but the file is a PNG"),
        ("wrong.html", picture, "ends in .html"),
        (
            "drawing.svg",
            lambda: b"<svg xmlns='http://www.w3.org/2000/svg'/>",
            "Unsupported file type",
        ),
        ("page.html", lambda: b"<html><script>", "Unsupported file type"),
        ("cut.jpg", lambda: picture("JPEG", (900, 900))[:2000], "damaged"),
        ("empty.png", lambda: b"", "Unsupported file type"),
        ("old.bmp", lambda: picture("BMP"), "Unsupported file type"),
    ],
)
def test_a_file_that_is_no_image_gets_a_clear_error(
    name: str, data: Callable[[], bytes], message: str, author: User
) -> None:
    with pytest.raises(ValidationError, match=message):
        actions.upload(io.BytesIO(data()), name=name, by=author)
    assert not Image.objects.exists()


HTML = b"<!DOCTYPE html><script>quoted</script><svg xmlns='x'/>"


def with_html_metadata(kind: str) -> bytes:
    """Return an image whose metadata contains HTML."""
    exif = Pillow.Exif()
    exif[0x010E] = HTML.decode()
    if kind == "GIF":
        return picture(kind, comment=HTML)
    if kind == "PNG":
        info = PngInfo()
        info.add_itxt("XML:com.adobe.xmp", HTML.decode())
        return picture(kind, pnginfo=info)
    return picture(kind, exif=exif, xmp=HTML)


@pytest.mark.parametrize("kind", images.EXTENSIONS)
def test_metadata_can_contain_html_and_is_removed(kind: str, author: User) -> None:
    data = with_html_metadata(kind)
    assert HTML in data
    image = actions.upload(io.BytesIO(data), name="", by=author)
    with image.file.open() as file:
        assert HTML not in file.read()


@pytest.mark.parametrize("kind", images.EXTENSIONS)
def test_html_after_an_image_of_any_type_is_rejected(kind: str, author: User) -> None:
    data = (
        with_html_metadata(kind) + (b"\0\0\0\x40mdat" if kind == "AVIF" else b"") + HTML.rjust(56)
    )
    with pytest.raises(ValidationError, match="something else"):
        actions.upload(io.BytesIO(data), name="", by=author)


@pytest.mark.parametrize(
    ("options", "place", "size"),
    [
        ({}, 26, struct.pack("<HH", 7_000, 7_000)),
        ({"lossless": True}, 21, struct.pack("<I", 6_999 | 6_999 << 14)),
        ({"xmp": b"x"}, 24, (6_999 | 6_999 << 24).to_bytes(6, "little")),
    ],
)
def test_the_error_for_a_large_webp_names_the_limit(
    options: dict[str, Any], place: int, size: bytes, author: User
) -> None:
    data = bytearray(picture("WEBP", **options))
    data[place : place + len(size)] = size
    with pytest.raises(ValidationError, match=r"49 million.*7000 by 7000.*is 12 million"):
        actions.upload(io.BytesIO(data), name="large.webp", by=author)


@pytest.mark.parametrize("marker", [b"PK\x05\x06", b"PK\x01\x02", b"<svg>", b"<HtMl!", b"<?phpx"])
def test_pixels_that_look_like_a_marker_by_chance_are_accepted(marker: bytes, author: User) -> None:
    out = io.BytesIO()
    picture = Pillow.frombytes("P", (64, 1), marker.rjust(40).ljust(64))
    picture.putpalette(bytes(range(256)) * 3)
    picture.save(out, "PNG", compress_level=0)
    assert marker in out.getvalue()
    out.seek(0)
    assert actions.upload(out, name="photograph.png", by=author).width == 64


def test_a_large_file_is_rejected_before_it_is_read_completely(
    author: User, settings: Settings
) -> None:
    settings.UPLOAD_MAX_BYTES = 1_000
    file = io.BytesIO(b"x" * 100_000)
    with pytest.raises(ValidationError, match="larger than"):
        actions.upload(file, name="a.png", by=author)
    assert file.tell() == 1_001


def test_an_animation_stays_animated_and_a_long_one_is_rejected(author: User) -> None:
    def gif(frames: int) -> bytes:
        out = io.BytesIO()
        stills = [Pillow.new("L", (4, 4), n % 255) for n in range(frames)]
        stills[0].save(out, "GIF", save_all=True, append_images=stills[1:])
        return out.getvalue()

    image = actions.upload(io.BytesIO(gif(3)), name="a.gif", by=author)
    with image.file.open() as file, Pillow.open(file) as stored:
        assert getattr(stored, "n_frames", 1) == 3
    with pytest.raises(ValidationError, match="too long"):
        actions.upload(io.BytesIO(gif(700)), name="b.gif", by=author)


@given(st.binary(max_size=300), st.sampled_from(["PNG", "JPEG", "GIF", "WEBP"]), st.data())
def test_damaged_files_are_rejected_or_stored_complete(
    noise: bytes, kind: str, data: st.DataObject
) -> None:
    whole = picture(kind)
    at = data.draw(st.integers(0, len(whole)))
    file = whole[:at] + noise + whole[at + len(noise) :]
    try:
        cleaned = images.clean(file, name="", max_pixels=10**6)
    except images.UnacceptableImageError:
        return
    again = images.clean(cleaned.data, name="", max_pixels=10**6)
    assert (again.width, again.height) == (cleaned.width, cleaned.height)


@pytest.mark.slow
def test_the_original_is_served_until_its_variants_are_created_in_the_background(
    author: User, client: Client
) -> None:
    data = picture("JPEG", (1200, 800))
    image = actions.upload(io.BytesIO(data), name="wide.jpg", by=author)
    assert image.widths == (480, 960, 1200)
    folder = image.url.rsplit("/", 1)[0]
    early = client.get(f"{folder}/480.avif")
    assert early.status_code == 200
    assert early["Content-Type"] == "image/jpeg"
    assert early.getvalue()[:3] == b"\xff\xd8\xff"
    assert "immutable" not in early["Cache-Control"]
    tasks.make_variants.call(str(image.pk))
    for width in image.widths:
        for kind in ("avif", "webp"):
            response = client.get(f"{folder}/{width}.{kind}")
            assert response["Content-Type"] == f"image/{kind}"
            assert "immutable" in response["Cache-Control"]
            with Pillow.open(io.BytesIO(response.getvalue())) as variant:
                assert variant.width == width


def test_only_images_are_served_with_nosniff_and_an_etag(author: User, client: Client) -> None:
    image = actions.upload(io.BytesIO(picture()), name="a.png", by=author)
    response = client.get(image.url)
    with image.file.open() as file:
        assert response.getvalue() == file.read()
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert client.get(image.url, headers={"If-None-Match": response["ETag"]}).status_code == 304
    head = client.head(image.url)
    assert head.status_code == 200
    assert head.getvalue() == b""  # read, so that the client closes it
    default_storage.save("evil.html", io.BytesIO(b"<script>"))
    default_storage.save("evil.svg", io.BytesIO(b"<svg>"))
    elsewhere = f"ab/{'0' * 64}/1x1.png"
    for path in (
        f"../{elsewhere}",
        f"x/{elsewhere}",
        "evil.html",
        "evil.svg",
        "../secret-key",
        "..%2fsecret-key",
        "a\0b",
        "x" * 3000,
    ):
        assert client.get(f"/media/{path}").status_code == 404
