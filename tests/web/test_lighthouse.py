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

pytestmark = [pytest.mark.web_tools, pytest.mark.browser, pytest.mark.slow]


@pytest.fixture
def short_folder() -> Iterator[str]:
    """A temporary folder with a short path: Chromium's socket in it may have 107 characters."""
    with TemporaryDirectory(prefix="lh-", ignore_cleanup_errors=True) as folder:
        yield folder


#: The score that each category must reach, of 1.
MIN_SCORE = 0.95

#: How often the performance of a page is measured at most.
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


class Lighthouse:
    """Lighthouse with a temporary folder and a browser."""

    def __init__(self, command: list[str], chromium: str, folder: str) -> None:
        self.command, self.report = command, Path(folder) / "report.json"
        self.flags = " ".join(["--headless=new", *FLAGS])
        self.environment = {
            "PATH": "/usr/bin:/bin", "CHROME_PATH": chromium, "HOME": folder, "TMPDIR": folder,
        }  # fmt: skip

    def scores(self, url: str, *categories: str) -> tuple[dict[str, float], set[str]]:
        """Return the scores of a page, of 1, by category, and the audits that are not passed."""
        result = run_lighthouse(
            [*self.command, url, "--quiet", "--output=json", f"--output-path={self.report}",
             f"--only-categories={','.join(categories)}", f"--chrome-flags={self.flags}",
             "--no-enable-error-reporting"],
            self.report,
            self.environment,
        )  # fmt: skip
        failed_audits = {
            f"{audit['id']} {audit.get('displayValue', '')}"
            for audit in result["audits"].values()
            if audit["score"] is not None and audit["score"] < 1
        }
        return {
            name: category["score"] for name, category in result["categories"].items()
        }, failed_audits


@pytest.fixture
def run(lighthouse: list[str], chromium: str, short_folder: str) -> Lighthouse:
    return Lighthouse(lighthouse, chromium, short_folder)


@pytest.mark.prove
@pytest.mark.parametrize("path", ["/", POST])
def test_accessibility_best_practices_and_seo_score_at_least_95(
    run: Lighthouse, site_url: str, path: str
) -> None:
    scores, failed_audits = run.scores(site_url + path, "accessibility", "best-practices", "seo")
    assert len(scores) == 3
    assert min(scores.values()) >= MIN_SCORE, (scores, failed_audits)


@pytest.mark.prove
@pytest.mark.alone
@pytest.mark.parametrize("path", ["/", POST])
def test_performance_scores_at_least_95(run: Lighthouse, site_url: str, path: str) -> None:
    """The best of a few runs counts: other load can only make a page look slower."""
    best = 0.0
    failed_audits: set[str] = set()
    for _ in range(MAX_RUNS):
        scores, failed = run.scores(site_url + path, "performance")
        best = max(best, scores["performance"])
        failed_audits |= failed
        if best >= MIN_SCORE:
            break
    assert best >= MIN_SCORE, (best, failed_audits)
