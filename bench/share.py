"""CPU limits with control groups, so that several small "machines" share one core."""

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

_PERIOD = 10_000  # microseconds, in each of which a group gets its quota
_GROUPS = Path("/sys/fs/cgroup")


@contextmanager
def limited(pids: Iterable[int], share: float) -> Iterator[None]:
    """Limit the processes together to `share` of a core within the block.

    Needs root and Linux control groups, version 1 or 2. Raises OSError without them.
    """
    first, *_others = pids = list(pids)
    is_new = (_GROUPS / "cgroup.controllers").exists()
    root = _GROUPS if is_new else _GROUPS / "cpu"
    group = root / f"broadsheet-bench-{os.getpid()}-{first}"
    group.mkdir()
    quota = int(share * _PERIOD)
    try:
        if is_new:
            (group / "cpu.max").write_text(f"{quota} {_PERIOD}")
        else:
            (group / "cpu.cfs_period_us").write_text(str(_PERIOD))
            (group / "cpu.cfs_quota_us").write_text(str(quota))
        for pid in pids:
            (group / "cgroup.procs").write_text(str(pid))
        yield
    finally:
        for pid_left in (group / "cgroup.procs").read_text().split():
            (root / "cgroup.procs").write_text(pid_left)
        group.rmdir()
