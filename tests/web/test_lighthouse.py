"""Lighthouse as it judges a phone on a slow network."""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.browsers import FLAGS
from tests.web.pages import POST

pytestmark = [pytest.mark.web_tools, pytest.mark.browser, pytest.mark.slow]


@pytest.fixture
def short_folder() -> Iterator[str]:
    """A folder that is removed again. Chromium's socket in it takes no more than 107 characters."""
    with TemporaryDirectory(prefix="lh-", ignore_cleanup_errors=True) as folder:
        yield folder


@pytest.mark.parametrize("path", ["/", POST])
def test_each_category_scores_at_least_95(
    lighthouse: list[str], chromium: str, address: str, path: str, short_folder: str
) -> None:
    report = Path(short_folder) / "report.json"
    flags = " ".join(["--headless=new", *FLAGS])
    run = subprocess.run(
        [*lighthouse, address + path, "--quiet", "--output=json", f"--output-path={report}",
         f"--chrome-flags={flags}", "--no-enable-error-reporting"],
        env={"PATH": "/usr/bin:/bin", "CHROME_PATH": chromium, "HOME": short_folder,
             "TMPDIR": short_folder},
        check=False,
        timeout=180,
        capture_output=True,
        text=True,
    )  # fmt: skip
    assert run.returncode == 0, run.stderr
    result = json.loads(report.read_text())
    scores = {name: category["score"] for name, category in result["categories"].items()}
    failed = [
        (audit["id"], audit.get("displayValue", ""))
        for audit in result["audits"].values()
        if audit["score"] is not None and audit["score"] < 1
    ]
    assert len(scores) == 4
    assert min(scores.values()) >= 0.95, (scores, failed)
