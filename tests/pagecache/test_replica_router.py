"""What a replica's snapshot says of what it shows."""

from hypothesis import given
from hypothesis import strategies as st

from broadsheet.pagecache.replica_router import EMPTY_SNAPSHOT, covers

type Log = list[tuple[int, bool]]


@st.composite
def logs(draw: st.DrawFn) -> Log:
    """What a primary writes: transactions begin in the order of their numbers, and end in any."""
    log: Log = []
    under_way: list[int] = []
    for number in range(draw(st.integers(0, 12))):
        log.append((number, True))
        under_way.append(number)
        for _ in range(draw(st.integers(0, len(under_way)))):
            ended = draw(st.sampled_from(under_way))
            under_way.remove(ended)
            log.append((ended, False))
    return log


def ended(log: Log) -> set[int]:
    return {number for number, begins in log if not begins}


def snapshot(log: Log, *, is_replica: bool = False) -> str:
    """Return what PostgreSQL says after a log. A replica's does not say what is under way."""
    over = ended(log)
    xmax = max(over, default=-1) + 1
    under_way = sorted(n for n, begins in log if begins and n not in over and n < xmax)
    xmin = min(under_way, default=xmax)
    return f"{xmin}:{xmax}:{'' if is_replica else ','.join(map(str, under_way))}"


@given(logs(), st.data())
def test_what_covers_shows_all(log: Log, data: st.DataObject) -> None:
    one, other = (log[: data.draw(st.integers(0, len(log)))] for _ in range(2))
    if covers(snapshot(one, is_replica=True), snapshot(other)):
        assert ended(one) >= ended(other)


@given(logs())
def test_a_replica_that_has_replayed_all_covers_where_nothing_is_under_way(log: Log) -> None:
    log = [*log, *((n, False) for n, begins in log if begins and n not in ended(log))]
    assert covers(snapshot(log, is_replica=True), snapshot(log))


def test_what_shows_nothing_covers_nothing() -> None:
    assert not covers(EMPTY_SNAPSHOT, "700:700:")
    assert not covers(EMPTY_SNAPSHOT, "1:2:")
