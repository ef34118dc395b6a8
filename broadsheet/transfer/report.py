"""Import report: one entry per file, and counts for the summary."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TextIO

from broadsheet.transfer.records import Note


class ImportOutcome(StrEnum):
    """Outcome of one file, in the order of the summary."""

    CREATED = "new"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    EDITED_HERE = "skipped: changed at the source and edited here"
    DELETED_HERE = "skipped: deleted here"
    FAILED = "could not be saved"
    UNREADABLE = "could not be read"
    SKIPPED = "not a post"
    REDIRECTED = "redirect"


_POSTS = (
    ImportOutcome.CREATED,
    ImportOutcome.UPDATED,
    ImportOutcome.UNCHANGED,
    ImportOutcome.EDITED_HERE,
    ImportOutcome.DELETED_HERE,
    ImportOutcome.REDIRECTED,
)


@dataclass(slots=True)
class Report:
    """Counts outcomes, and writes entries to `file` if there is one."""

    file: TextIO | None = None
    outcomes: Counter[ImportOutcome] = field(default_factory=Counter)
    note_kinds: Counter[str] = field(default_factory=Counter)
    images: int = 0
    unwritten: int = 0

    @property
    def has_posts(self) -> bool:
        """Whether any file was a post (imported or left unchanged) or a redirect."""
        return any(self.outcomes[outcome] for outcome in _POSTS)

    def add(
        self, origin: str, outcome: ImportOutcome, *, detail: str = "", notes: Iterable[Note] = ()
    ) -> None:
        """Add the outcome of the file `origin` and the notes on it."""
        notes = list(notes)
        if self.file is not None:
            print(f"{origin}: {outcome}{f', {detail}' if detail else ''}", file=self.file)
            for note, times in Counter(notes).items():
                print(f"    {note}{f' ({times} times)' if times > 1 else ''}", file=self.file)
        self.outcomes[outcome] += 1
        self.note_kinds.update({note.kind for note in notes})

    def count_unwritten(self, outcome: ImportOutcome) -> None:
        """Count a file whose entry could not be written to the report."""
        self.outcomes[outcome] += 1
        self.unwritten += 1

    def summary(self) -> str:
        """Return the counts as text."""
        lines = [
            f"{self.outcomes[outcome]:>7,}  {outcome}"
            for outcome in ImportOutcome
            if self.outcomes[outcome]
        ]
        if not lines:
            return "There was nothing to import."
        if self.images:
            lines.append(f"{self.images:>7,}  images downloaded")
        if self.unwritten:
            lines.append(f"{self.unwritten:>7,}  of these could not be written to the report")
        if self.note_kinds:
            lines += ["", "Number of files with changes during import, or worth checking:"]
            lines += [f"{times:>7,}  {kind}" for kind, times in self.note_kinds.most_common(60)]
            if (more := len(self.note_kinds) - 60) > 0:
                lines.append(f"         and {more} more, listed in the report")
        return "\n".join(lines)
