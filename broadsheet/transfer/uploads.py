"""What the owner uploads: checked, and kept in the data folder until its import is done."""

import shutil
from collections.abc import Sequence
from pathlib import Path, PurePath

from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _

from broadsheet.transfer import foreign
from broadsheet.transfer.models import ImportRun

BYTES = 500_000_000
FILES = 2_000
_NAME_BYTES = 200  # of a file's name, from its end: file systems take 255
ENDINGS = (".zip", ".json", ".md", ".markdown")


def check(files: Sequence[UploadedFile[bytes]]) -> None:
    """Raise ValidationError for what an import does not take."""
    if len(files) > FILES:
        raise ValidationError(_("Those are more than %d files. Pack them into a ZIP.") % FILES)
    if sum(file.size or 0 for file in files) > BYTES:
        raise ValidationError(
            _("That is more than %d MB. Leave the images out, or run `broadsheet import`.")
            % (BYTES // 1_000_000)
        )
    for file in files:
        if program := foreign.recognise(str(file.name), file.read(foreign.HEAD)):
            raise ValidationError(foreign.sentence(program))
        file.seek(0)
        if PurePath(str(file.name)).suffix.lower() not in ENDINGS:
            raise ValidationError(
                _("“%s” is neither a ZIP archive nor a JSON export nor Markdown.") % file.name
            )
        if not file.size:
            raise ValidationError(_("“%s” is empty.") % file.name)


def keep(run: ImportRun, files: Sequence[UploadedFile[bytes]]) -> None:
    """Write the files into the run's folder. Those of the same name are kept side by side.

    Raises OSError, and then leaves nothing.
    """
    try:
        _write(run, files)
    except OSError:
        discard(run)
        raise


def _write(run: ImportRun, files: Sequence[UploadedFile[bytes]]) -> None:
    run.folder.mkdir(mode=0o700, parents=True)
    for number, file in enumerate(files):
        name = PurePath(str(file.name)).name.encode()[-_NAME_BYTES:].decode(errors="ignore")
        target = run.folder / name
        if target.exists():
            target = run.folder / f"{number}-{name}"
        with target.open("wb") as kept:
            for chunk in file.chunks():
                kept.write(chunk)


def source(run: ImportRun) -> Path:
    """Return what the run reads: its only file, or the folder with all of them."""
    files = list(run.folder.iterdir()) if run.folder.is_dir() else []
    return files[0] if len(files) == 1 else run.folder


def discard(run: ImportRun) -> None:
    """Remove the files of a run."""
    shutil.rmtree(run.folder, ignore_errors=True)
