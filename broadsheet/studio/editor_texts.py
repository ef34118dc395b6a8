"""Texts of the editor, by the English texts in its JavaScript."""

from django.utils.translation import gettext_lazy as _

#: CodeMirror's own texts are those in lower case, and those of its search panel.
EDITOR_TEXTS = {
    "Format": _("Format"),
    "Bold": _("Bold"),
    "Italic": _("Italic"),
    "Link": _("Link"),
    "Code": _("Code"),
    "Heading": _("Heading"),
    "Smaller heading": _("Smaller heading"),
    "Quote": _("Quote"),
    "List": _("List"),
    "Task list": _("Task list"),
    "Table": _("Table"),
    "Image": _("Image"),
    "Callout": _("Callout"),
    "Footnote": _("Footnote"),
    "Formula": _("Formula"),
    "Break": _("Break"),
    "or paste, or drop": _("or paste, or drop"),
    "Find and replace": _("Find and replace"),
    "Focus": _("Focus"),
    "Keys": _("Keys"),
    "All keys": _("All keys"),
    "Save": _("Save"),
    "Publish": _("Publish"),
    "Undo": _("Undo"),
    "Insert, at the start of a line or after a space": _(
        "Insert, at the start of a line or after a space"
    ),
    "Next cell of a table; indent in lists and code": _(
        "Next cell of a table; indent in lists and code"
    ),
    "Settings": _("Settings"),
    "Menu": _("Menu"),
    "From the text to the settings and back": _("From the text to the settings and back"),
    "Leave the text": _("Leave the text"),
    "Close": _("Close"),
    "Link to": _("Link to"),
    "{words} words · {minutes} min": _("{words} words · {minutes} min"),
    "Find": _("Find"),
    "Replace": _("Replace"),
    "next": _("next"),
    "previous": _("previous"),
    "all": _("all"),
    "match case": _("match case"),
    "by word": _("by word"),
    "regexp": _("regexp"),
    "replace": _("replace"),
    "replace all": _("replace all"),
    "close": _("close"),
}
