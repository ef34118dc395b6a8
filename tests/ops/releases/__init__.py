"""A site as each release left it: `<version>.tar.zst`, a backup, and what its addresses answered.

They are kept for ever. Those of the version that is about to be released are made by

    broadsheet shell --no-imports -c "from tests.ops.releases import making; making.keep()"

and again whenever its migrations change, until it is released.
"""

import json
from dataclasses import dataclass
from pathlib import Path

from tests.ops.backup import sites

FOLDER = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Release:
    """A version, and the site that it left."""

    version: str

    @property
    def archive(self) -> Path:
        return FOLDER / f"{self.version}.tar.zst"

    @property
    def answered(self) -> Path:
        return FOLDER / f"{self.version}.json"

    def migrations(self) -> dict[str, int]:
        """Return the number of the last migration of each room of ours."""
        applied = sites.said(self.archive.read_bytes(), "manifest.json")["migrations"]
        rooms = {app: 0 for app, name in applied if name[:4].isdigit()}
        for app, name in applied:
            if app in rooms:
                rooms[app] = max(rooms[app], int(name[:4]))
        return rooms

    def addresses(self) -> dict[str, int]:
        """Return the status that each address was answered with."""
        statuses: dict[str, int] = json.loads(self.answered.read_text())
        return statuses

    def unpack(self, data: Path) -> None:
        """Make the data folder of its site, as it was."""
        data.mkdir(parents=True)
        for name, content in sites.contents(self.archive.read_bytes()).items():
            place = data / name.replace("database.sqlite3", "broadsheet.sqlite3")
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(content)


#: From the first to the last.
ALL = sorted(
    (Release(file.stem) for file in FOLDER.glob("*.json")),
    key=lambda release: [int(part) for part in release.version.split(".")],
)
