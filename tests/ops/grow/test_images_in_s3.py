"""Images may be stored in S3; readers see no difference."""

import io

import pytest
from django.core.files.storage import default_storage
from django.test import Client
from moto.server import ThreadedMotoServer

from broadsheet.accounts.actions import profile
from broadsheet.accounts.models import User
from broadsheet.lib.file_storage import StorageUnavailableError
from broadsheet.lib.image_variants import ImageVariants
from broadsheet.lib.s3_storage import MediaS3Storage
from broadsheet.media import actions
from broadsheet.media.models import Image
from tests.media.test_upload import picture
from tests.ops.grow.conftest import MEDIA


@pytest.fixture
def image(media_in_s3: ThreadedMotoServer, author: User) -> Image:
    return actions.upload(io.BytesIO(picture(size=(700, 500))), name="picture.png", by=author)


def body(client: Client, url: str) -> bytes:
    response = client.get(url)
    assert response.status_code == 200
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    return b"".join(response.streaming_content)  # type: ignore[attr-defined]


@pytest.mark.slow
def test_an_image_is_stored_in_the_bucket_and_has_the_usual_url(
    image: Image, client: Client
) -> None:
    assert image.url == f"/media/{image.file.name}"
    assert list(MediaS3Storage(MEDIA).names()) == [image.file.name]
    with MediaS3Storage(MEDIA).open(image.file.name) as file:
        assert body(client, image.url) == file.read()
    response = client.get(image.url)
    assert response.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    second = client.get(image.url, headers={"If-None-Match": response.headers["ETag"]})
    assert second.status_code == 304


@pytest.mark.slow
def test_variants_are_stored_in_the_bucket_and_the_original_is_served_until_then(
    image: Image, client: Client
) -> None:
    variants = ImageVariants.parse(image.url)
    assert variants is not None
    variant = variants.variant(480, "webp")
    assert body(client, variant) == body(client, image.url)
    actions.make_variants(image)
    assert body(client, variant) != body(client, image.url)
    assert len(list(MediaS3Storage(MEDIA).names())) == 5


@pytest.mark.slow
def test_an_image_uploaded_twice_is_stored_once(image: Image, author: User) -> None:
    second = actions.upload(io.BytesIO(picture(size=(700, 500))), name="b.png", by=author)
    assert second == image
    assert len(list(MediaS3Storage(MEDIA).names())) == 1


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_a_replaced_avatar_is_deleted(media_in_s3: ThreadedMotoServer, author: User) -> None:
    profile.set_avatar(author, io.BytesIO(picture()), name="a.png")
    author = profile.set_avatar(author, io.BytesIO(picture(size=(90, 20))), name="b.png")
    assert list(MediaS3Storage(MEDIA).names()) == [author.avatar.name]
    profile.remove_avatar(author)
    assert list(MediaS3Storage(MEDIA).names()) == []


@pytest.mark.slow
def test_a_missing_image_is_404(image: Image, client: Client) -> None:
    assert client.get("/media/00/" + "0" * 64 + "/480.webp").status_code == 404
    assert client.get(image.url.replace("700x500", "701x500")).status_code == 404
    with pytest.raises(FileNotFoundError):
        default_storage.open("nothing")


@pytest.mark.slow
def test_while_s3_is_down_pages_work_and_uploads_get_503(
    image: Image, media_in_s3: ThreadedMotoServer, author: User, client: Client
) -> None:
    media_in_s3.stop()
    assert client.get("/").status_code == 200
    assert client.get(f"/@{author.username}").status_code == 200
    response = client.get(image.url)
    assert (response.status_code, response.headers["Retry-After"]) == (503, "10")
    client.force_login(author)
    before = Image.objects.count()
    response = client.post(
        "/api/v1/images", {"file": io.BytesIO(picture(size=(9, 9)))}, headers={"X-Test": "1"}
    )
    assert response.status_code == 503
    assert response.json()["type"].endswith("unavailable")
    assert Image.objects.count() == before
    with pytest.raises(StorageUnavailableError, match="S3 is not available"):
        default_storage.exists("anything")


@pytest.mark.slow
def test_a_missing_bucket_is_reported(media_in_s3: ThreadedMotoServer) -> None:
    with pytest.raises(StorageUnavailableError, match="S3 is not available"):
        list(MediaS3Storage("s3://another/bucket").names())
