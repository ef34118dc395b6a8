"""Which port a server uses."""

import socket
from collections.abc import Iterator

import pytest

from broadsheet.ops.server import ports


@pytest.fixture
def used_port() -> Iterator[int]:
    """A port that is in use."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        yield server.getsockname()[1]


def test_a_free_port_is_used(used_port: int) -> None:
    port = ports.choose("127.0.0.1", used_port, is_explicit=False)
    assert ports.choose("127.0.0.1", port, is_explicit=True) == port


def test_the_next_free_port_is_used_by_default(used_port: int) -> None:
    assert (
        used_port
        < ports.choose("127.0.0.1", used_port, is_explicit=False)
        < used_port + ports.MAX_TRIES
    )


def test_a_shared_port_counts_as_in_use() -> None:
    with socket.socket() as server:
        server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        server.bind(("127.0.0.1", 0))
        server.listen()
        assert not ports.is_free("127.0.0.1", server.getsockname()[1])


def test_a_recently_closed_port_is_free() -> None:
    with socket.socket() as server:
        server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        server.bind(("127.0.0.1", 0))
        server.listen()
        port = server.getsockname()[1]
        with socket.create_connection(("127.0.0.1", port)):
            server.accept()[0].close()  # the side that closes first leaves the port in TIME_WAIT
    assert ports.is_free("127.0.0.1", port)


def test_an_explicit_port_in_use_is_rejected_with_an_alternative(used_port: int) -> None:
    with pytest.raises(
        ports.PortUnavailableError, match=f"port {used_port} is used by .* PORT={used_port + 1}"
    ):
        ports.choose("127.0.0.1", used_port, is_explicit=True)


@pytest.mark.parametrize("host", ["no-such-host.invalid", "192.0.2.1"])
def test_a_host_that_is_not_this_machine_is_rejected(host: str) -> None:
    with pytest.raises(
        ports.PortUnavailableError, match=f"cannot listen on {host}.*HOST=127.0.0.1"
    ):
        ports.choose(host, 8000, is_explicit=False)
