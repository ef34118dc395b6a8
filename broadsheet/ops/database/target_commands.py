"""Commands of Broadsheet on the target, in processes whose settings name it."""

import os
import subprocess
import sys

from broadsheet.lib.children import end_with_parent
from broadsheet.ops.database.errors import CopyError

#: Settings that are not the target's.
_OTHERS = ("DATABASE_URL_FILE", "BROADSHEET_FRONT_FILES", "BROADSHEET_FRONT_FILES_FILE")


def run(address: str, *command: str) -> str:
    """Run `broadsheet COMMAND` on the database at `address`; return what it said.

    Raises CopyError with its last word where it fails.
    """
    env = {name: value for name, value in os.environ.items() if name not in _OTHERS}
    done = subprocess.run(  # noqa: S603 - our own command
        [sys.executable, "-m", "broadsheet", *command],
        env={**env, "DATABASE_URL": address, "BROADSHEET_FRONT_FILES": "no"},
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=end_with_parent,
    )
    if done.returncode:
        lines = done.stderr.strip().splitlines() or ["it ended without a word"]
        said = next((line for line in lines if "permission denied" in line), lines[-1])
        raise CopyError(
            f"`broadsheet {command[0]}` failed in the new database: {said.rstrip('.')}."
        )
    return done.stdout.strip()
