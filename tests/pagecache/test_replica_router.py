"""Whether the snapshot of a replica covers that of the primary."""

from hypothesis import given
from hypothesis import strategies as st

from broadsheet.pagecache.replica_router import EMPTY_SNAPSHOT, covers

type Log = list[tuple[int, bool]]


@st.composite
def logs(draw: st.DrawFn) -> Log:
    """The log of a primary: transactions start in the order of their numbers, and end in any."""
    log: Log = []
    open_transactions: list[int] = []
    for number in range(draw(st.integers(0, 12))):
        log.append((number, True))
        open_transactions.append(number)
        for _ in range(draw(st.integers(0, len(open_transactions)))):
            ended = draw(st.sampled_from(open_transactions))
            open_transactions.remove(ended)
            log.append((ended, False))
    return log


def ended(log: Log) -> set[int]:
    return {number for number, begins in log if not begins}


def snapshot(log: Log, *, is_replica: bool = False) -> str:
    """Return the snapshot of PostgreSQL after a log. On a replica it lists no open transactions."""
    ended_numbers = ended(log)
    xmax = max(ended_numbers, default=-1) + 1
    open_transactions = sorted(
        n for n, begins in log if begins and n not in ended_numbers and n < xmax
    )
    xmin = min(open_transactions, default=xmax)
    return f"{xmin}:{xmax}:{'' if is_replica else ','.join(map(str, open_transactions))}"


@given(logs(), st.data())
def test_a_covering_snapshot_includes_all_ended_transactions(log: Log, data: st.DataObject) -> None:
    one, other = (log[: data.draw(st.integers(0, len(log)))] for _ in range(2))
    if covers(snapshot(one, is_replica=True), snapshot(other)):
        assert ended(one) >= ended(other)


@given(logs())
def test_a_caught_up_replica_covers_a_primary_without_open_transactions(log: Log) -> None:
    log = [*log, *((n, False) for n, begins in log if begins and n not in ended(log))]
    assert covers(snapshot(log, is_replica=True), snapshot(log))


def test_an_empty_snapshot_covers_nothing() -> None:
    assert not covers(EMPTY_SNAPSHOT, "700:700:")
    assert not covers(EMPTY_SNAPSHOT, "1:2:")
