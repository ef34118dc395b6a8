"""Lighthouse as it judges a phone on a slow network."""

import json
import subprocess
from pathlib import Path

import pytest

from tests.browsers import FLAGS
from tests.web.pages import POST

pytestmark = [pytest.mark.web_tools, pytest.mark.browser, pytest.mark.slow]


@pytest.mark.parametrize("path", ["/", POST])
def test_each_category_scores_at_least_95(
    lighthouse: list[str], chromium: str, address: str, path: str, tmp_path: Path
) -> None:
    report = tmp_path / "report.json"
    flags = " ".join(["--headless=new", *FLAGS])
    subprocess.run(
        [*lighthouse, address + path, "--quiet", "--output=json", f"--output-path={report}",
         f"--chrome-flags={flags}", "--no-enable-error-reporting"],
        env={"PATH": "/usr/bin:/bin", "CHROME_PATH": chromium, "HOME": str(tmp_path),
             "TMPDIR": str(tmp_path)},
        check=True,
        timeout=180,
        capture_output=True,
    )  # fmt: skip
    result = json.loads(report.read_text())
    scores = {name: category["score"] for name, category in result["categories"].items()}
    failed = [
        (audit["id"], audit.get("displayValue", ""))
        for audit in result["audits"].values()
        if audit["score"] is not None and audit["score"] < 1
    ]
    assert len(scores) == 4
    assert min(scores.values()) >= 0.95, (scores, failed)
