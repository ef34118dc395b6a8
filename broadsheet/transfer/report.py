"""What became of each file: written line by line, counted for the summary."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TextIO

from broadsheet.transfer.incoming import Note


class Verb(StrEnum):
    """What was done with a file. The order is the summary's."""

    CREATED = "new"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    EDITED_HERE = "changed there and edited here, so left alone"
    DELETED_HERE = "deleted here, so left alone"
    FAILED = "could not be saved"
    UNREADABLE = "could not be read"
    SKIPPED = "no post"
    REDIRECTED = "redirect"


_POSTS = (
    Verb.CREATED,
    Verb.UPDATED,
    Verb.UNCHANGED,
    Verb.EDITED_HERE,
    Verb.DELETED_HERE,
    Verb.REDIRECTED,
)


@dataclass(slots=True)
class Report:
    """Counts, and writes each line to `file` where there is one."""

    file: TextIO | None = None
    verbs: Counter[Verb] = field(default_factory=Counter)
    kinds: Counter[str] = field(default_factory=Counter)
    images: int = 0
    unwritten: int = 0

    @property
    def has_posts(self) -> bool:
        """Whether anything was a post that is here now or was left as it is, or a redirect."""
        return any(self.verbs[verb] for verb in _POSTS)

    def add(self, origin: str, verb: Verb, *, about: str = "", notes: Iterable[Note] = ()) -> None:
        """Say what became of the file `origin`, and what of it was not kept as it was."""
        told = list(notes)
        if self.file is not None:
            print(f"{origin}: {verb}{f', {about}' if about else ''}", file=self.file)
            for note, times in Counter(told).items():
                print(f"    {note}{f' ({times} times)' if times > 1 else ''}", file=self.file)
        self.verbs[verb] += 1
        self.kinds.update({note.kind for note in told})

    def miss(self, verb: Verb) -> None:
        """Count a file of which nothing could be written into the report."""
        self.verbs[verb] += 1
        self.unwritten += 1

    def summary(self) -> str:
        """Return the counts in words."""
        lines = [f"{self.verbs[verb]:>7,}  {verb}" for verb in Verb if self.verbs[verb]]
        if not lines:
            return "There was nothing to import."
        if self.images:
            lines.append(f"{self.images:>7,}  images brought here")
        if self.unwritten:
            lines.append(f"{self.unwritten:>7,}  of these could not be written into the report")
        if self.kinds:
            lines += ["", "Not kept as it was, or worth a look:"]
            lines += [f"{times:>7,}  {kind}" for kind, times in self.kinds.most_common(60)]
            if (more := len(self.kinds) - 60) > 0:
                lines.append(f"         and {more} more, which the report names")
        return "\n".join(lines)
