"""Process pool with CPU time and memory limits, for work on untrusted data.

`ProcessPool.run` runs one job in a worker: a decoder that loops, leaks or crashes fails its job and
nothing else. The job uses neither the interpreter lock nor the memory of this process.
"""

from broadsheet.lib.process_pool.pool import (
    JobError,
    PoolBusyError,
    ProcessPool,
    child_cpu_seconds,
    while_waiting,
)

__all__ = ["JobError", "PoolBusyError", "ProcessPool", "child_cpu_seconds", "while_waiting"]
