"""A disk whose writes can be made to fail, for processes started with its variables."""

from pathlib import Path

from tests.ops.processes import ROOT


class FaultyDisk:
    """Turns the failures of `sitecustomize.py` on and off, and reads which writes failed."""

    def __init__(self, folder: Path, switch: Path) -> None:
        self._switch, self._log = switch, switch.with_name(f"{switch.name}.log")
        path = f"{Path(__file__).parent}:{ROOT}"
        self.variables = {
            "PYTHONPATH": path,
            "FAULTY_FOLDER": str(folder),
            "FAULTY_SWITCH": str(switch),
        }

    def fail_writes(self, number: int, *, after: int = 0, at: str = "") -> None:
        """Let writes fail with the error `number`, in each process after that many steps.

        With `at`, the first step of a process is a write of this function, as `refused` names it.
        """
        self._log.write_text("")  # running processes have it open
        self._switch.symlink_to(f"{number}:{after}:{at}")

    def heal(self) -> None:
        """Let writes succeed again."""
        self._switch.unlink()

    @property
    def refused(self) -> set[str]:
        """The functions whose writes have failed since `fail_writes`."""
        return set(self._log.read_text().splitlines())
