"""Ids: sorted by time, and revealing nothing else."""

import time

from broadsheet.lib.ids import uuid7


def test_an_id_is_a_uuid_of_version_7_with_its_creation_time() -> None:
    before = time.time_ns() // 1_000_000
    new_id = uuid7()
    assert new_id.version == 7
    assert new_id.variant == "specified in RFC 4122"
    assert before <= new_id.int >> 80 <= time.time_ns() // 1_000_000


def test_ids_are_unique_and_sorted_by_creation_time() -> None:
    earlier = [uuid7() for _ in range(1000)]
    time.sleep(0.002)
    later = [uuid7() for _ in range(1000)]
    assert max(earlier) < min(later)
    assert len({*earlier, *later}) == 2000
