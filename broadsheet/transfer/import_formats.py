"""Formats that can be imported: the only place that names all importers."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


@dataclass(frozen=True, slots=True)
class ImportFormat:
    """A format that can be imported.

    `name` is used by the command and in the database. `files` describes the source files. The class
    at `importer` is loaded when it is used: importers would slow every start.
    """

    name: str
    label: "StrOrPromise"
    files: str
    importer: str


IMPORT_FORMATS = {
    import_format.name: import_format
    for import_format in (
        ImportFormat(
            "hashnode",
            "Hashnode",
            "a GitHub backup (folder or ZIP) or the JSON export from the dashboard",
            "broadsheet.transfer.importers.hashnode.HashnodeImporter",
        ),
        ImportFormat(
            "markdown",
            _("Markdown"),
            "an export made by `broadsheet export markdown` (folder or ZIP)",
            "broadsheet.transfer.importers.markdown.MarkdownImporter",
        ),
    )
}
