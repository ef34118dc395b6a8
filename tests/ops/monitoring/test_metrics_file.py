"""Counters of a process can be read by others, and survive a full disk."""

import os
import resource
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from prometheus_client.mmap_dict import MmapedDict

from broadsheet.ops.monitoring.metrics_file import MetricsFile
from broadsheet.pagecache import stats

LONG = "x" * 3_000


@pytest.fixture
def tiny_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 64 KB, or a limit on the size of files if mounting is not allowed."""
    mount = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(tmp_path)]
    if os.geteuid() == 0 and subprocess.run(mount, check=False).returncode == 0:
        yield tmp_path
        subprocess.run(["umount", "--lazy", str(tmp_path)], check=True)
        return
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4_096, before[1]))
    yield tmp_path
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


def fill(disk: Path) -> None:
    with (disk / "filler").open("wb", buffering=0) as file, suppress(OSError):
        while file.write(bytes(512)):
            pass


def write_many(counters: MetricsFile) -> None:
    for number in range(100):
        counters.write_value(f"{LONG}{number}", 1, 0)


def values(file: Path) -> dict[str, float]:
    read = MmapedDict.read_all_values_from_file(str(file))  # type: ignore[no-untyped-call]
    return {key: value for key, value, _time, _place in read}


def test_prometheus_client_can_read_the_counters(tmp_path: Path) -> None:
    file = tmp_path / "counter_1.db"
    counters = MetricsFile(str(file))
    assert values(file) == {}
    for number, key in enumerate(["a", "ab", "abc", "abcd", "Straße", LONG]):
        counters.write_value(key, number, 0)
    counters.write_value("a", 7, 12)
    assert values(file) == {"a": 7, "ab": 1, "abc": 2, "abcd": 3, "Straße": 4, LONG: 5}
    assert counters.read_value("a") == (7, 12)
    counters.close()


def test_a_full_disk_is_an_error_and_existing_counters_still_work(tiny_disk: Path) -> None:
    file = tiny_disk / "counter_1.db"
    counters = MetricsFile(str(file))
    counters.write_value("before", 1, 0)
    fill(tiny_disk)
    with pytest.raises(OSError, match=r"No space|too large|only a part"):
        write_many(counters)
    counters.write_value("before", 2, 0)
    assert values(file)["before"] == 2
    (tiny_disk / "filler").unlink()
    counters.close()


def test_a_process_started_on_a_full_disk_counts_in_memory(tiny_disk: Path) -> None:
    folder = tiny_disk / "pages"
    folder.mkdir()
    fill(tiny_disk)
    for _page in range(2):
        counters = stats.open_stats(folder)
        counters[stats.HITS] += 1
        assert counters[stats.HITS] == 1
    (tiny_disk / "filler").unlink()
    stats.open_stats(folder)[stats.HITS] += 3
    assert dict(stats.read_all_stats(folder))[os.getpid()]["hits"] == 3
