"""Lighthouse scores, as on a phone with a slow network."""

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
    """A temporary folder with a short path: Chromium's socket in it may have 107 characters."""
    with TemporaryDirectory(prefix="lh-", ignore_cleanup_errors=True) as folder:
        yield folder


#: The score that each category must reach, of 1.
MIN_SCORE = 0.95

#: How often a page is measured at most.
MAX_RUNS = 4

#: Errors of Chromium itself, before the page is measured.
CHROMIUM_ERRORS = (
    "NO_NAVSTART", "NO_FCP", "NO_SCREENSHOTS", "PROTOCOL_TIMEOUT", "TARGET_CRASHED", "PAGE_HUNG",
    "ECONNREFUSED",
)  # fmt: skip


def run_lighthouse(command: list[str], report: Path, environment: dict[str, str]) -> dict[str, Any]:
    """Run Lighthouse and return its report. If Chromium fails, try again."""
    for _ in range(4):
        run = subprocess.run(
            command, env=environment, check=False, timeout=1_200, capture_output=True, text=True
        )
        if run.returncode == 0:
            break
        assert any(name in run.stderr for name in CHROMIUM_ERRORS), run.stderr
    assert run.returncode == 0, run.stderr
    result: dict[str, Any] = json.loads(report.read_text())
    return result


@pytest.mark.parametrize("path", ["/", POST])
def test_each_category_scores_at_least_95(
    lighthouse: list[str], chromium: str, site_url: str, path: str, short_folder: str
) -> None:
    """The best of a few runs counts: other load can only make a page look slower."""
    report = Path(short_folder) / "report.json"
    flags = " ".join(["--headless=new", *FLAGS])
    best: dict[str, float] = {}
    failed_audits: set[str] = set()
    for _ in range(MAX_RUNS):
        result = run_lighthouse(
            [*lighthouse, site_url + path, "--quiet", "--output=json", f"--output-path={report}",
             f"--chrome-flags={flags}", "--no-enable-error-reporting"],
            report,
            {"PATH": "/usr/bin:/bin", "CHROME_PATH": chromium, "HOME": short_folder,
             "TMPDIR": short_folder},
        )  # fmt: skip
        for name, category in result["categories"].items():
            best[name] = max(best.get(name, 0), category["score"])
        failed_audits |= {
            f"{audit['id']} {audit.get('displayValue', '')}"
            for audit in result["audits"].values()
            if audit["score"] is not None and audit["score"] < 1
        }
        if min(best.values()) >= MIN_SCORE:
            break
    assert len(best) == 4
    assert min(best.values()) >= MIN_SCORE, (best, failed_audits)
