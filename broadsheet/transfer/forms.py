"""Form to start an import."""

from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _

from broadsheet.accounts.models import User
from broadsheet.transfer import uploads
from broadsheet.transfer.models import ImportRun


class FilesInput(forms.ClearableFileInput):
    """File input for several files."""

    allow_multiple_selected = True


class FilesField(forms.FileField):
    """One or more files."""

    widget = FilesInput

    def clean(self, data: Any, initial: Any = None) -> list[UploadedFile[bytes]]:
        """Return the validated files."""
        files = data if isinstance(data, list) else [data]
        cleaned = [super(FilesField, self).clean(file, initial) for file in files or [None]]
        uploads.validate_files(cleaned)
        return cleaned


class ImportForm(forms.ModelForm[ImportRun]):
    """Files and import options."""

    archive = FilesField(
        label=_("Files"),
        help_text=_(
            "A ZIP of your GitHub backup, the JSON export from the dashboard, or Markdown files."
        ),
        widget=FilesInput(attrs={"accept": ",".join(uploads.EXTENSIONS)}),
    )

    class Meta:
        model = ImportRun
        fields = ["origin", "author", "downloads_images", "fixes_encoding"]
        help_texts = {
            "downloads_images": _(
                "Otherwise visitors' browsers load them from other hosts, which can then see "
                "who reads what."
            ),
            "fixes_encoding": _("Repairs garbled text such as “voilÃ ”."),
        }

    field_order = ["archive", "origin", "author", "downloads_images", "fixes_encoding"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        author = self.fields["author"]
        if isinstance(author, forms.ModelChoiceField):
            author.queryset = User.objects.public().order_by("username")
            author.empty_label = None
