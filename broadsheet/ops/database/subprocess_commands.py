"""Running Broadsheet's commands on the target database, in separate processes."""

import os
import subprocess
import sys

from broadsheet.lib.parent_death_signal import end_with_parent
from broadsheet.ops.database import CopyError


def run(url: str, *command: str) -> str:
    """Run `broadsheet COMMAND` on the database at `url`; return its output.

    Raises CopyError with its error message.
    """
    env = {name: value for name, value in os.environ.items() if name != "DATABASE_URL_FILE"}
    result = subprocess.run(  # noqa: S603 - our own command
        [sys.executable, "-m", "broadsheet", *command],
        env={**env, "DATABASE_URL": url},
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=end_with_parent,
    )
    if result.returncode:
        lines = result.stderr.strip().splitlines() or ["no error message"]
        message = next((line for line in lines if "permission denied" in line), lines[-1])
        raise CopyError(
            f"`broadsheet {command[0]}` failed in the new database: {message.rstrip('.')}."
        )
    return result.stdout.strip()
