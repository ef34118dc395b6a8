"""What a site of several nodes shares: Redis and S3, which can be stopped and started again."""

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
    """A server of Redis on all addresses, which forgets everything when it ends."""

    def __init__(self, folder: Path) -> None:
        self.port, self._folder = free_port(), folder
        self._process: subprocess.Popen[bytes] | None = None
        folder.mkdir(exist_ok=True)

    def start(self) -> None:
        """Start it, and wait until it answers."""
        if shutil.which("redis-server") is None:
            pytest.skip("needs redis-server")
        words = ["--save", "", "--dir", str(self._folder), "--protected-mode", "no"]
        command = ["redis-server", "--port", str(self.port), *words]
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        wait_for(lambda: is_listening(self.port), "Redis")

    def stop(self) -> None:
        """Kill it."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()


class S3:
    """A server of S3 with a bucket, which it keeps while it is stopped."""

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

    def make_bucket(self) -> None:
        """Make the bucket, with nothing in it."""
        output: dict[str, Any] = {
            "aws_access_key_id": KEYS["AWS_ACCESS_KEY_ID"],
            "aws_secret_access_key": KEYS["AWS_SECRET_ACCESS_KEY"],
            "region_name": KEYS["AWS_REGION"],
            "endpoint_url": f"http://127.0.0.1:{self.port}",
        }
        boto3.client("s3", **output).create_bucket(Bucket=BUCKET)
        boto3.resource("s3", **output).Bucket(BUCKET).objects.all().delete()
