"""Work on untrusted data, done in child processes with limits of time and memory.

`Pool.run` does one job in a child: a decoder that loops, leaks or crashes costs its job and
nothing else. Neither this process' interpreter lock nor its memory is used meanwhile.
"""

from broadsheet.lib.bounded.pool import BoundedError, BusyError, Pool, cpu_seconds, while_waiting

__all__ = ["BoundedError", "BusyError", "Pool", "cpu_seconds", "while_waiting"]
