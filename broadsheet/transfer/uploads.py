"""Uploaded files of an import: validated, and stored in the data folder until it is done."""

import shutil
from collections.abc import Sequence
from pathlib import Path, PurePath

from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _

from broadsheet.transfer import unsupported_formats
from broadsheet.transfer.models import ImportRun

MAX_BYTES = 500_000_000
MAX_FILES = 2_000
_MAX_NAME_BYTES = 200  # of a file's name, from its end: file systems allow 255
EXTENSIONS = (".zip", ".json", ".md", ".markdown")


def validate_files(files: Sequence[UploadedFile[bytes]]) -> None:
    """Raise ValidationError for files that cannot be imported."""
    if len(files) > MAX_FILES:
        raise ValidationError(
            _("You selected more than %d files. Put them into a ZIP.") % MAX_FILES
        )
    if sum(file.size or 0 for file in files) > MAX_BYTES:
        raise ValidationError(
            _("The upload is larger than %d MB. Leave out the images, or run `broadsheet import`.")
            % (MAX_BYTES // 1_000_000)
        )
    for file in files:
        if program := unsupported_formats.detect_program(
            str(file.name), file.read(unsupported_formats.HEAD_BYTES)
        ):
            raise ValidationError(unsupported_formats.unsupported_message(program))
        file.seek(0)
        if PurePath(str(file.name)).suffix.lower() not in EXTENSIONS:
            raise ValidationError(
                _("“%s” is not a ZIP archive, a JSON export or a Markdown file.") % file.name
            )
        if not file.size:
            raise ValidationError(_("“%s” is empty.") % file.name)


def save_files(run: ImportRun, files: Sequence[UploadedFile[bytes]]) -> None:
    """Write the files to the run's folder. Files with the same name get a number.

    Raises OSError, and then leaves no file.
    """
    try:
        _write(run, files)
    except OSError:
        delete_files(run)
        raise


def _write(run: ImportRun, files: Sequence[UploadedFile[bytes]]) -> None:
    run.folder.mkdir(mode=0o700, parents=True)
    for number, file in enumerate(files):
        name = PurePath(str(file.name)).name.encode()[-_MAX_NAME_BYTES:].decode(errors="ignore")
        target = run.folder / name
        if target.exists():
            target = run.folder / f"{number}-{name}"
        with target.open("wb") as output:
            for chunk in file.chunks():
                output.write(chunk)


def source_path(run: ImportRun) -> Path:
    """Return the path to import: the only file, or the folder with all files."""
    files = list(run.folder.iterdir()) if run.folder.is_dir() else []
    return files[0] if len(files) == 1 else run.folder


def delete_files(run: ImportRun) -> None:
    """Delete the files of a run."""
    shutil.rmtree(run.folder, ignore_errors=True)
