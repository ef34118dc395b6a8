"""A site of each release: a backup, `<version>.tar.zst`, and the statuses of its URLs.

They are kept forever. Those of the version that is about to be released are created by

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
    """A version, and its site."""

    version: str

    @property
    def archive(self) -> Path:
        return FOLDER / f"{self.version}.tar.zst"

    @property
    def statuses_file(self) -> Path:
        return FOLDER / f"{self.version}.json"

    def migrations(self) -> dict[str, int]:
        """Return the number of the last migration of each app of Broadsheet."""
        applied = sites.read_json(self.archive.read_bytes(), "manifest.json")["migrations"]
        last = {app: 0 for app, name in applied if name[:4].isdigit()}
        for app, name in applied:
            if app in last:
                last[app] = max(last[app], int(name[:4]))
        return last

    def statuses(self) -> dict[str, int]:
        """Return the status of each URL."""
        loaded: dict[str, int] = json.loads(self.statuses_file.read_text())
        return loaded

    def unpack(self, data: Path) -> None:
        """Create the data folder of its site, as it was."""
        data.mkdir(parents=True)
        for name, content in sites.contents(self.archive.read_bytes()).items():
            path = data / name.replace("database.sqlite3", "broadsheet.sqlite3")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)


#: All releases, oldest first.
ALL = sorted(
    (Release(file.stem) for file in FOLDER.glob("*.json")),
    key=lambda release: [int(part) for part in release.version.split(".")],
)
