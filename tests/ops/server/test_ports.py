"""Which port a server takes."""

import socket
from collections.abc import Iterator

import pytest

from broadsheet.ops.server import ports


@pytest.fixture
def taken() -> Iterator[int]:
    """A port that somebody listens on."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        yield server.getsockname()[1]


def test_a_free_port_is_taken_as_it_is(taken: int) -> None:
    port = ports.choose("127.0.0.1", taken, is_explicit=False)
    assert ports.choose("127.0.0.1", port, is_explicit=True) == port


def test_a_taken_port_gives_way_to_the_next_free_one(taken: int) -> None:
    assert taken < ports.choose("127.0.0.1", taken, is_explicit=False) < taken + ports.MAX_TRIES


def test_a_port_that_is_shared_counts_as_taken() -> None:
    with socket.socket() as server:
        server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        server.bind(("127.0.0.1", 0))
        server.listen()
        assert not ports.is_free("127.0.0.1", server.getsockname()[1])


def test_a_port_that_was_closed_a_moment_ago_is_free() -> None:
    with socket.socket() as server:
        server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        server.bind(("127.0.0.1", 0))
        server.listen()
        port = server.getsockname()[1]
        with socket.create_connection(("127.0.0.1", port)):
            server.accept()[0].close()  # whoever closes first leaves the port in TIME_WAIT
    assert ports.is_free("127.0.0.1", port)


def test_a_taken_port_that_was_wished_for_is_refused_with_the_way_out(taken: int) -> None:
    with pytest.raises(
        ports.PortUnavailableError, match=f"port {taken} is used by .* PORT={taken + 1}"
    ):
        ports.choose("127.0.0.1", taken, is_explicit=True)


@pytest.mark.parametrize("host", ["no-such-host.invalid", "192.0.2.1"])
def test_a_host_that_is_not_this_machine_is_refused(host: str) -> None:
    with pytest.raises(
        ports.PortUnavailableError, match=f"cannot listen on {host}.*HOST=127.0.0.1"
    ):
        ports.choose(host, 8000, is_explicit=False)
