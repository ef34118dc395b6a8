"""Moving a site's database and its images elsewhere, and the proof that nothing was lost."""

from broadsheet.ops.move.media import copy_media
from broadsheet.ops.move.refused import Refused
from broadsheet.ops.move.run import copy, has_company

__all__ = ["Refused", "copy", "copy_media", "has_company"]
