"""Services that the nodes of a site share: Redis and S3, which can be stopped and restarted."""

import shutil
import subprocess
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto.server import ThreadedMotoServer

from tests.ops.processes import free_port, is_listening, wait_for

BUCKET = "images"
KEYS = {
    "AWS_ACCESS_KEY_ID": "ann",
    "AWS_SECRET_ACCESS_KEY": "tiger",
    "AWS_REGION": "us-east-1",
    "BROADSHEET_MEDIA_URL": f"s3://{BUCKET}/media",
}


class Redis:
    """A Redis server on all addresses; it loses its data when it ends."""

    def __init__(self, folder: Path) -> None:
        self.port, self._folder = free_port(), folder
        self._process: subprocess.Popen[bytes] | None = None
        folder.mkdir(exist_ok=True)

    def start(self) -> None:
        """Start it, and wait until it listens."""
        if shutil.which("redis-server") is None:
            pytest.skip("needs redis-server")
        arguments = ["--save", "", "--dir", str(self._folder), "--protected-mode", "no"]
        command = ["redis-server", "--port", str(self.port), *arguments]
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        wait_for(lambda: is_listening(self.port), "Redis")

    def stop(self) -> None:
        """Kill it."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()


class S3:
    """An S3 server with a bucket, which survives restarts."""

    def __init__(self) -> None:
        self.port = free_port()
        self._server: ThreadedMotoServer | None = None

    def start(self) -> None:
        """Start it on all addresses."""
        self._server = ThreadedMotoServer(ip_address="0.0.0.0", port=self.port, verbose=False)
        self._server.start()
        wait_for(lambda: is_listening(self.port), "S3")

    def stop(self) -> None:
        """Stop it."""
        if self._server is not None:
            self._server.stop()

    def create_empty_bucket(self) -> None:
        """Create the bucket, empty."""
        options: dict[str, Any] = {
            "aws_access_key_id": KEYS["AWS_ACCESS_KEY_ID"],
            "aws_secret_access_key": KEYS["AWS_SECRET_ACCESS_KEY"],
            "region_name": KEYS["AWS_REGION"],
            "endpoint_url": f"http://127.0.0.1:{self.port}",
        }
        boto3.client("s3", **options).create_bucket(Bucket=BUCKET)
        boto3.resource("s3", **options).Bucket(BUCKET).objects.all().delete()
