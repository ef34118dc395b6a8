"""A site to make backups of, made once."""

from collections.abc import Iterator
from pathlib import Path

import boto3
import pyrage
import pytest
from moto.server import ThreadedMotoServer

from tests.ops.backup import sites
from tests.ops.processes import run


@pytest.fixture(scope="session")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data folder of a site with three posts and a theme, which no test changes."""
    data = tmp_path_factory.mktemp("written") / "data"
    sites.fill(data, posts=3)
    template = data / "theme" / "templates" / "note.html"
    template.parent.mkdir(parents=True)
    template.write_text("A theme of our own")
    return data


@pytest.fixture
def data(written: Path, tmp_path: Path) -> Path:
    """That site, for one test to do with as it likes."""
    return sites.copy(written, tmp_path / "data")


@pytest.fixture(scope="session")
def s3() -> Iterator[dict[str, str]]:
    """What a process needs to know of a server of S3 that has the bucket `archives`."""
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
    """That server, with the empty buckets `archives` and `images`."""
    server = boto3.resource(
        "s3",
        endpoint_url=s3["AWS_ENDPOINT_URL_S3"],
        aws_access_key_id="ann",
        aws_secret_access_key="tiger",
        region_name="us-east-1",
    )
    for name in ("archives", "images"):
        if name in {known.name for known in server.buckets.all()}:
            server.Bucket(name).objects.all().delete()
        else:
            server.create_bucket(Bucket=name)
    return s3


@pytest.fixture(scope="session")
def identity(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with a secret key; its public one is in a file `.pub` beside it."""
    made = pyrage.x25519.Identity.generate()
    file = tmp_path_factory.mktemp("keys") / "identity"
    file.write_text(f"# public key: {made.to_public()}\n{made}\n")
    file.with_suffix(".pub").write_text(str(made.to_public()))
    return file


@pytest.fixture(scope="session")
def archive(written: Path, identity: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An encrypted archive of the written site."""
    data = sites.copy(written, tmp_path_factory.mktemp("backed-up") / "data")
    public = identity.with_suffix(".pub").read_text()
    assert run(data, "backup", BROADSHEET_BACKUP_RECIPIENTS=public).returncode == 0
    return sites.only(data / "backups")


@pytest.fixture(scope="session")
def plain(written: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An archive of the written site that is not encrypted."""
    data = sites.copy(written, tmp_path_factory.mktemp("backed-up") / "data")
    assert run(data, "backup").returncode == 0
    return sites.only(data / "backups")


@pytest.fixture(scope="session")
def another(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data folder of another site."""
    data = tmp_path_factory.mktemp("another") / "data"
    sites.fill(data, posts=1)
    return data
