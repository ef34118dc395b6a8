"""A disk that can be told to take nothing, for processes that are started with its variables."""

from pathlib import Path

from tests.ops.processes import ROOT


class FaultyDisk:
    """Switches what `sitecustomize.py` does, and reads what it refused."""

    def __init__(self, folder: Path, switch: Path) -> None:
        self._switch, self._log = switch, switch.with_name(f"{switch.name}.log")
        path = f"{Path(__file__).parent}:{ROOT}"
        self.variables = {
            "PYTHONPATH": path,
            "FAULTY_FOLDER": str(folder),
            "FAULTY_SWITCH": str(switch),
        }

    def take_nothing(self, number: int, *, after: int = 0, at: str = "") -> None:
        """Refuse with `number` what is written, in each process after so many steps.

        With `at`, a process' first step is the one of this function, a line of `refused`.
        """
        self._log.write_text("")  # who runs has it open
        self._switch.symlink_to(f"{number}:{after}:{at}")

    def heal(self) -> None:
        """Take everything again."""
        self._switch.unlink()

    @property
    def refused(self) -> set[str]:
        """The places in the code that were refused since the disk takes nothing."""
        return set(self._log.read_text().splitlines())
