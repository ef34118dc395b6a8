"""Lighthouse as it judges a phone on a slow network."""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from tests.browsers import FLAGS
from tests.web.pages import POST

pytestmark = [pytest.mark.web_tools, pytest.mark.browser, pytest.mark.slow, pytest.mark.alone]


@pytest.fixture
def short_folder() -> Iterator[str]:
    """A folder that is removed again. Chromium's socket in it takes no more than 107 characters."""
    with TemporaryDirectory(prefix="lh-", ignore_cleanup_errors=True) as folder:
        yield folder


#: What each category is to score, of 1.
WANTED = 0.95

#: How often a page may be judged.
RUNS = 4

#: What Chromium itself sometimes gets wrong before the page is judged at all.
HICCUPS = (
    "NO_NAVSTART", "NO_FCP", "NO_SCREENSHOTS", "PROTOCOL_TIMEOUT", "TARGET_CRASHED", "PAGE_HUNG",
    "ECONNREFUSED",
)  # fmt: skip


def judged(command: list[str], report: Path, environment: dict[str, str]) -> dict[str, Any]:
    """Return Lighthouse's report. What the browser failed to record is recorded once more."""
    for _ in range(4):
        run = subprocess.run(
            command, env=environment, check=False, timeout=1_200, capture_output=True, text=True
        )
        if run.returncode == 0:
            break
        assert any(name in run.stderr for name in HICCUPS), run.stderr
    assert run.returncode == 0, run.stderr
    result: dict[str, Any] = json.loads(report.read_text())
    return result


@pytest.mark.parametrize("path", ["/", POST])
def test_each_category_scores_at_least_95(
    lighthouse: list[str], chromium: str, address: str, path: str, short_folder: str
) -> None:
    """The best of a few runs: what else the machine does can only make a page look slower."""
    report = Path(short_folder) / "report.json"
    flags = " ".join(["--headless=new", *FLAGS])
    best: dict[str, float] = {}
    failed: set[str] = set()
    for _ in range(RUNS):
        result = judged(
            [*lighthouse, address + path, "--quiet", "--output=json", f"--output-path={report}",
             f"--chrome-flags={flags}", "--no-enable-error-reporting"],
            report,
            {"PATH": "/usr/bin:/bin", "CHROME_PATH": chromium, "HOME": short_folder,
             "TMPDIR": short_folder},
        )  # fmt: skip
        for name, category in result["categories"].items():
            best[name] = max(best.get(name, 0), category["score"])
        failed |= {
            f"{audit['id']} {audit.get('displayValue', '')}"
            for audit in result["audits"].values()
            if audit["score"] is not None and audit["score"] < 1
        }
        if min(best.values()) >= WANTED:
            break
    assert len(best) == 4
    assert min(best.values()) >= WANTED, (best, failed)
