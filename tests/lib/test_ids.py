"""Identifiers: sorted by time, and telling nothing else."""

import time

from broadsheet.lib.ids import uuid7


def test_an_identifier_is_of_version_7_and_knows_when_it_was_made() -> None:
    before = time.time_ns() // 1_000_000
    made = uuid7()
    assert made.version == 7
    assert made.variant == "specified in RFC 4122"
    assert before <= made.int >> 80 <= time.time_ns() // 1_000_000


def test_later_ones_sort_behind_and_no_two_are_equal() -> None:
    earlier = [uuid7() for _ in range(1000)]
    time.sleep(0.002)
    later = [uuid7() for _ in range(1000)]
    assert max(earlier) < min(later)
    assert len({*earlier, *later}) == 2000
