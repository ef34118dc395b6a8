"""Media in a bucket on an S3 server."""

from collections.abc import Iterator

import boto3
import pytest
from moto.server import ThreadedMotoServer
from pytest_django import Settings

MEDIA = "s3://images/of/the-site"


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[ThreadedMotoServer]:
    """An S3 server with an empty bucket, `images`; the environment variables refer to it."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    for name, value in {
        "AWS_ENDPOINT_URL_S3": f"http://{host}:{port}",
        "AWS_ACCESS_KEY_ID": "ann",
        "AWS_SECRET_ACCESS_KEY": "tiger",
        "AWS_REGION": "us-east-1",
    }.items():
        monkeypatch.setenv(name, value)
    s3 = boto3.client("s3", region_name="us-east-1")
    for existing in s3.list_buckets()["Buckets"]:  # moto's buckets belong to the process
        bucket = boto3.resource("s3", region_name="us-east-1").Bucket(existing["Name"])
        bucket.objects.all().delete()
    s3.create_bucket(Bucket="images")
    yield server
    server.stop()


@pytest.fixture
def media_in_s3(server: ThreadedMotoServer, settings: Settings) -> ThreadedMotoServer:
    """The S3 server; the media files of the site are in its bucket."""
    storage = {"BACKEND": "broadsheet.lib.s3_storage.MediaS3Storage", "OPTIONS": {"url": MEDIA}}
    settings.STORAGES = {**settings.STORAGES, "default": storage}
    return server
