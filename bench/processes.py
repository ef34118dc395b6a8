"""What processes use, as Linux tells it."""

import os
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")


def family(pid: int) -> list[int]:
    """Return `pid` and its descendants."""
    children: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            after = stat.read_text().rpartition(")")[2].split()
        except OSError:  # it has ended
            continue
        children.setdefault(int(after[1]), []).append(int(stat.parent.name))
    found = [pid]
    for one in found:
        found += children.get(one, [])
    return found


def answering(pid: int) -> list[int]:
    """Return those of the family that do not stand back for others, as the background worker."""
    return [one for one in family(pid) if os.getpriority(os.PRIO_PROCESS, one) <= 0]


def worked(pid: int) -> float:
    """Return the process time of `pid` and of its children that have ended, in seconds."""
    after = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return sum(map(int, after[11:15])) / _TICKS


def memory(pid: int) -> dict[str, float]:
    """Return the memory of `pid` in MB: Rss; Pss, its share of it; and Anonymous, of no file."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:]
    sizes = {line.split(":")[0]: int(line.split()[1]) / 1024 for line in lines}
    return {name: sizes[name] for name in ("Rss", "Pss", "Anonymous")}
