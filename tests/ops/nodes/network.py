"""A node in its own network namespace, whose link to the database can be cut."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest

from tests.ops.nodes.site import Node

#: The links to nginx, Redis and S3, and to the database: addresses of this machine and the node.
_NET = f"10.213.{os.getpid() % 256}"  # differs from other runs of the tests
_SERVICES_LINK, _DATABASE_LINK = (f"{_NET}.1", f"{_NET}.2"), (f"{_NET}.5", f"{_NET}.6")


class Network:
    """Two links (veth(4)) from this machine into a namespace: one is only for the database."""

    def __init__(self) -> None:
        self.name = f"bs{os.getpid()}"
        self._database_link = f"{self.name}d"

    @contextmanager
    def created(self) -> Iterator["Network"]:
        """Create it, and delete it when the block ends; skip the test where that is not allowed."""
        if shutil.which("ip") is None or os.geteuid() != 0:
            pytest.skip("needs to be root, and iproute2, for a network namespace")
        if _ip("netns", "add", self.name, check=False):
            pytest.skip("may not create a network namespace")
        try:
            _ip("-n", self.name, "link", "set", "lo", "up")
            self._link(f"{self.name}n", *_SERVICES_LINK)
            self._link(self._database_link, *_DATABASE_LINK)
            yield self
        finally:
            _ip("netns", "delete", self.name)

    def _link(self, name: str, host_address: str, node_address: str) -> None:
        inside = f"{name}i"
        _ip("link", "add", name, "type", "veth", "peer", "name", inside, "netns", self.name)
        _ip("address", "add", f"{host_address}/30", "dev", name)
        _ip("-n", self.name, "address", "add", f"{node_address}/30", "dev", inside)
        _ip("link", "set", name, "up")
        _ip("-n", self.name, "link", "set", inside, "up")

    def cut(self) -> None:
        """Cut the link to the database: packets are lost silently."""
        _ip("link", "set", self._database_link, "down")

    def heal(self) -> None:
        """Restore the link."""
        _ip("link", "set", self._database_link, "up")

    def moved(self, node: Node) -> Node:
        """Return the node, moved into the namespace."""
        settings = dict(node.settings)
        for name, host in {
            "DATABASE_URL": _DATABASE_LINK[0],
            "CACHE_URL": _SERVICES_LINK[0],
            "AWS_ENDPOINT_URL_S3": _SERVICES_LINK[0],
        }.items():
            settings[name] = settings[name].replace("127.0.0.1", host)
        within = ("ip", "netns", "exec", self.name)
        return replace(node, host=_SERVICES_LINK[1], settings=settings, within=within)


def _ip(*arguments: str, check: bool = True) -> int:
    """Run `ip`, and return its exit status."""
    return subprocess.run(["ip", *arguments], check=check, capture_output=not check).returncode
