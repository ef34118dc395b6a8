"""A node in a network namespace of its own, whose cable to the database can be pulled."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest

from tests.ops.nodes.site import Node

#: Where the node meets nginx, Redis and S3, and where the database: this machine's end, the node's.
_NET = f"10.213.{os.getpid() % 256}"  # not that of another run of the tests
_NEAR, _FAR = (f"{_NET}.1", f"{_NET}.2"), (f"{_NET}.5", f"{_NET}.6")


class Network:
    """Two links (veth(4)) from this machine into a namespace: one is the database's alone."""

    def __init__(self) -> None:
        self.name = f"bs{os.getpid()}"
        self._cable = f"{self.name}d"

    @contextmanager
    def made(self) -> Iterator["Network"]:
        """Make it, for as long as the block lasts; skips where that is not allowed."""
        if shutil.which("ip") is None or os.geteuid() != 0:
            pytest.skip("needs to be root, and iproute2, for a network namespace")
        if _ip("netns", "add", self.name, check=False):
            pytest.skip("may not make a network namespace")
        try:
            _ip("-n", self.name, "link", "set", "lo", "up")
            self._link(f"{self.name}n", *_NEAR)
            self._link(self._cable, *_FAR)
            yield self
        finally:
            _ip("netns", "delete", self.name)

    def _link(self, name: str, here: str, there: str) -> None:
        inside = f"{name}i"
        _ip("link", "add", name, "type", "veth", "peer", "name", inside, "netns", self.name)
        _ip("address", "add", f"{here}/30", "dev", name)
        _ip("-n", self.name, "address", "add", f"{there}/30", "dev", inside)
        _ip("link", "set", name, "up")
        _ip("-n", self.name, "link", "set", inside, "up")

    def cut(self) -> None:
        """Pull the cable to the database: what is sent gets lost without a word."""
        _ip("link", "set", self._cable, "down")

    def heal(self) -> None:
        """Put it back."""
        _ip("link", "set", self._cable, "up")

    def moved(self, node: Node) -> Node:
        """Return the node as one that is in the namespace."""
        settings = dict(node.settings)
        for name, machine in {
            "DATABASE_URL": _FAR[0],
            "CACHE_URL": _NEAR[0],
            "AWS_ENDPOINT_URL_S3": _NEAR[0],
        }.items():
            settings[name] = settings[name].replace("127.0.0.1", machine)
        within = ("ip", "netns", "exec", self.name)
        return replace(node, host=_NEAR[1], settings=settings, within=within)


def _ip(*words: str, check: bool = True) -> int:
    """Run `ip`, and return its exit status."""
    return subprocess.run(["ip", *words], check=check, capture_output=not check).returncode
