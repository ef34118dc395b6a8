"""A site to back up, created once per session."""

from collections.abc import Iterator
from pathlib import Path

import boto3
import pyrage
import pytest
from moto.server import ThreadedMotoServer

from tests.ops.backup import sites
from tests.ops.processes import run


@pytest.fixture(scope="session")
def source_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data folder of a site with three posts and a theme. Tests must not change it."""
    data = tmp_path_factory.mktemp("source") / "data"
    sites.fill(data, posts=3)
    template = data / "theme" / "templates" / "note.html"
    template.parent.mkdir(parents=True)
    template.write_text("A theme of our own")
    return data


@pytest.fixture
def data(source_data: Path, tmp_path: Path) -> Path:
    """A copy of that site, which a test may change."""
    return sites.copy(source_data, tmp_path / "data")


@pytest.fixture(scope="session")
def s3() -> Iterator[dict[str, str]]:
    """The environment variables of an S3 server, for a process that uses it."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    variables = {
        "AWS_ENDPOINT_URL_S3": f"http://{host}:{port}",
        "AWS_ACCESS_KEY_ID": "ann",
        "AWS_SECRET_ACCESS_KEY": "tiger",
        "AWS_REGION": "eu-central-1",
        "AWS_DEFAULT_REGION": "eu-central-1",
        "AWS_EC2_METADATA_DISABLED": "true",
    }
    yield variables
    server.stop()


@pytest.fixture
def bucket(s3: dict[str, str]) -> dict[str, str]:
    """The same, with empty buckets `archives` and `images`."""
    server = boto3.resource(
        "s3",
        endpoint_url=s3["AWS_ENDPOINT_URL_S3"],
        aws_access_key_id="ann",
        aws_secret_access_key="tiger",
        region_name="us-east-1",
    )
    for name in ("archives", "images"):
        if name in {existing.name for existing in server.buckets.all()}:
            server.Bucket(name).objects.all().delete()
        else:
            server.create_bucket(Bucket=name)
    return s3


@pytest.fixture(scope="session")
def identity(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with a private key; its public key is in a file with the suffix `.pub`."""
    key = pyrage.x25519.Identity.generate()
    file = tmp_path_factory.mktemp("keys") / "identity"
    file.write_text(f"# public key: {key.to_public()}\n{key}\n")
    file.with_suffix(".pub").write_text(str(key.to_public()))
    return file


@pytest.fixture(scope="session")
def archive(source_data: Path, identity: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An encrypted archive of the source site."""
    data = sites.copy(source_data, tmp_path_factory.mktemp("backed-up") / "data")
    public = identity.with_suffix(".pub").read_text()
    assert run(data, "backup", BROADSHEET_BACKUP_RECIPIENTS=public).returncode == 0
    return sites.only(data / "backups")


@pytest.fixture(scope="session")
def plain_archive(source_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An unencrypted archive of the source site."""
    data = sites.copy(source_data, tmp_path_factory.mktemp("backed-up") / "data")
    assert run(data, "backup").returncode == 0
    return sites.only(data / "backups")


@pytest.fixture(scope="session")
def other_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data folder of another site."""
    data = tmp_path_factory.mktemp("another") / "data"
    sites.fill(data, posts=1)
    return data
