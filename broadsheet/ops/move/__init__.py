"""Moving a site from one database to another, and the proof that nothing was lost."""

from broadsheet.ops.move.refused import Refused
from broadsheet.ops.move.run import copy

__all__ = ["Refused", "copy"]
