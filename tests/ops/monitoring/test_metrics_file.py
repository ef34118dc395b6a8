"""What a process counts is read by others, and survives a disk that takes nothing."""

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
def tiny(tmp_path: Path) -> Iterator[Path]:
    """A disk of 64 KB, or where nobody may mount, a limit on the size of files."""
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


def write_many(counts: MetricsFile) -> None:
    for number in range(100):
        counts.write_value(f"{LONG}{number}", 1, 0)


def values(file: Path) -> dict[str, float]:
    read = MmapedDict.read_all_values_from_file(str(file))  # type: ignore[no-untyped-call]
    return {key: value for key, value, _time, _place in read}


def test_the_library_reads_what_was_counted(tmp_path: Path) -> None:
    file = tmp_path / "counter_1.db"
    counts = MetricsFile(str(file))
    assert values(file) == {}
    for number, key in enumerate(["a", "ab", "abc", "abcd", "Straße", LONG]):
        counts.write_value(key, number, 0)
    counts.write_value("a", 7, 12)
    assert values(file) == {"a": 7, "ab": 1, "abc": 2, "abcd": 3, "Straße": 4, LONG: 5}
    assert counts.read_value("a") == (7, 12)
    counts.close()


def test_a_full_disk_is_an_error_and_counts_go_on_when_there_is_room(tiny: Path) -> None:
    file = tiny / "counter_1.db"
    counts = MetricsFile(str(file))
    counts.write_value("before", 1, 0)
    fill(tiny)
    with pytest.raises(OSError, match=r"No space|too large|only a part"):
        write_many(counts)
    counts.write_value("before", 2, 0)
    assert values(file)["before"] == 2
    (tiny / "filler").unlink()
    counts.close()


def test_a_process_that_begins_on_a_full_disk_counts_for_itself(tiny: Path) -> None:
    folder = tiny / "pages"
    folder.mkdir()
    fill(tiny)
    for _page in range(2):
        counts = stats.open_stats(folder)
        counts[stats.HITS] += 1
        assert counts[stats.HITS] == 1
    (tiny / "filler").unlink()
    stats.open_stats(folder)[stats.HITS] += 3
    assert dict(stats.read_all_stats(folder))[os.getpid()]["hits"] == 3
