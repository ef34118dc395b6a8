"""`broadsheet deploy`: which files it writes, and which it does not change."""

import os
import pty
import re
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from tests.ops.processes import environment, run

pytestmark = pytest.mark.slow

SITE = {
    "BROADSHEET_URL": "https://example.org",
    "BROADSHEET_PROXIES": "1",
    "EMAIL_URL": 'smtp+tls://me:pa"ss\\word@mail.example.org:587',
}
ENV = "etc/broadsheet/broadsheet.env"
UNITS = "etc/systemd/system"


@pytest.fixture
def root(prepared: Path, tmp_path: Path) -> Path:
    """The root folder of a machine to which it was deployed."""
    done = run(prepared, "deploy", f"--root={tmp_path / 'machine'}", **SITE)
    assert done.returncode == 0, done.stderr
    return tmp_path / "machine"


def written(root: Path) -> dict[str, str]:
    return {str(p.relative_to(root)): p.read_text() for p in root.rglob("*") if p.is_file()}


def test_all_files_of_an_installation_are_written(root: Path) -> None:
    assert written(root).keys() == {
        f"{UNITS}/broadsheet.socket",
        f"{UNITS}/broadsheet.service",
        f"{UNITS}/broadsheet-worker.service",
        ENV,
        "etc/broadsheet/.written.json",
        "etc/nginx/conf.d/broadsheet.conf",
        "etc/logrotate.d/broadsheet",
        "usr/local/bin/broadsheet",
    }


def test_the_current_settings_are_saved_in_a_private_file(root: Path, prepared: Path) -> None:
    assert stat.S_IMODE((root / ENV).stat().st_mode) == 0o640
    lines = [line for line in (root / ENV).read_text().splitlines() if not line.startswith("#")]
    assert lines == [
        f'BROADSHEET_DATA="{prepared}"',
        'BROADSHEET_URL="https://example.org"',
        'BROADSHEET_PROXIES="1"',
        'EMAIL_URL="smtp+tls://me:pa\\"ss\\\\word@mail.example.org:587"',
        'BROADSHEET_WORKER="no"',
    ]


def test_the_units_can_write_to_the_folders_of_backups_and_the_replica(
    prepared: Path, tmp_path: Path
) -> None:
    places = {"BROADSHEET_BACKUP_TARGET": "/mnt/a", "BROADSHEET_REPLICA_URL": "/mnt/b"}
    done = run(prepared, "deploy", "--dry-run", **SITE, **places)
    assert done.stdout.count(f"ReadWritePaths={prepared} -/mnt/a -/mnt/b\n") == 2


def test_a_second_run_changes_nothing(root: Path, prepared: Path) -> None:
    before = written(root)
    done = run(prepared, "deploy", f"--root={root}", **SITE)
    assert done.stdout.count("is up to date") == 6
    assert done.stdout.count("exists; you can change it") == 1
    assert written(root) == before


def test_generated_files_follow_changed_settings(root: Path, prepared: Path) -> None:
    with (root / ENV).open("a") as settings:
        settings.write("# where it listens\nPORT=8123\n")
    done = run(prepared, "deploy", f"--root={root}", "--user=press")
    assert done.stdout.count(": written") == 5  # three units, nginx's file and the wrapper
    assert "User=press" in (root / UNITS / "broadsheet.service").read_text()
    assert "ListenStream=127.0.0.1:8123" in (root / UNITS / "broadsheet.socket").read_text()


def test_an_installation_has_only_the_settings_of_its_file(root: Path, prepared: Path) -> None:
    before = written(root)
    done = run(prepared, "deploy", f"--root={root}", PORT="8123", BROADSHEET_URL="http://a.test")
    assert done.returncode == 0, done.stderr
    assert written(root) == before
    done = run(prepared, "deploy", f"--root={root}", "--domain=example.com")
    assert done.returncode == 2
    assert done.stderr.startswith("broadsheet: --domain: ")
    assert "has https://example.org as the site's URL" in done.stderr


def test_a_domain_is_enough(prepared: Path, tmp_path: Path) -> None:
    mail = "--mail-server=smtp://mail.example.org"
    options = ("--domain=blog.example.org:8443", mail, f"--root={tmp_path / 'machine'}")
    done = run(prepared, "deploy", *options)
    assert done.returncode == 0, done.stderr
    lines = (tmp_path / "machine" / ENV).read_text().splitlines()
    assert 'BROADSHEET_URL="https://blog.example.org:8443"' in lines
    assert 'BROADSHEET_PROXIES="1"' in lines
    assert 'EMAIL_URL="smtp://mail.example.org"' in lines
    nginx = (tmp_path / "machine/etc/nginx/conf.d/broadsheet.conf").read_text()
    assert "return 301 https://$host:8443$request_uri;" in nginx
    assert "listen 8443 ssl" in nginx
    assert "ssl_protocols TLSv1.2 TLSv1.3;" in nginx


@pytest.mark.parametrize("domain", ["", "example.org/blog", "ex ample"])
def test_an_invalid_domain_is_reported_in_one_line(prepared: Path, domain: str) -> None:
    done = run(prepared, "deploy", "--dry-run", f"--domain={domain}")
    assert done.returncode == 2
    assert done.stderr.startswith("broadsheet: --domain: ")
    assert "For example: --domain=example.org" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_a_terminal_is_prompted_for_missing_options_until_they_are_valid(
    prepared: Path,
) -> None:
    keyboard, terminal = pty.openpty()
    os.write(keyboard, b"exa mple\nexample.org\nme@example.org\nmail.example.org\n\n")
    done = subprocess.run(
        [sys.executable, "-m", "broadsheet", "deploy", "--dry-run"],
        env=environment(prepared),
        cwd=prepared.parent,
        stdin=terminal,
        capture_output=True,
        text=True,
        check=False,
    )
    os.close(keyboard)
    os.close(terminal)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("Domain of the site") == 2
    assert done.stdout.count("Mail server: ") == 2
    assert 'BROADSHEET_URL="https://example.org"' in done.stdout
    assert "EMAIL_URL" not in done.stdout


def test_a_dry_run_on_an_empty_machine_prints_all_files_and_writes_none(tmp_path: Path) -> None:
    data = tmp_path / "site"
    dry_run = ("deploy", "--dry-run", "--domain=example.org", f"--data={data}")
    done = run(data, *dry_run, BROADSHEET_DATA="", TMPDIR=str(tmp_path))
    assert done.returncode == 0, done.stderr
    assert f'BROADSHEET_DATA="{data}"' in done.stdout
    assert f'root "{data}";' in done.stdout
    assert "a certificate for example.org from certbot" in done.stdout
    assert "broadsheet-trial-" not in done.stdout
    assert [*tmp_path.iterdir()] == []


def test_manually_changed_files_are_kept(root: Path, prepared: Path) -> None:
    unit = root / UNITS / "broadsheet.service"
    unit.write_text(unit.read_text() + "# mine\n")
    done = run(prepared, "deploy", f"--root={root}", "--user=press", **SITE)
    assert f"/{UNITS}/broadsheet.service: was changed by hand and is left as it is" in done.stdout
    assert unit.read_text().endswith("# mine\n")
    assert "User=press" in unit.with_name("broadsheet.service.new").read_text()


def test_a_dry_run_prints_all_files_and_writes_none(prepared: Path, tmp_path: Path) -> None:
    done = run(prepared, "deploy", f"--root={tmp_path / 'machine'}", "--dry-run", **SITE)
    assert done.returncode == 0
    assert "# /etc/systemd/system/broadsheet.socket, 644: written" in done.stdout
    assert "ListenStream=127.0.0.1:8000" in done.stdout
    assert not (tmp_path / "machine").exists()


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"BROADSHEET_URL": "http://example.org"}, "BROADSHEET_URL: "),
        ({"BROADSHEET_PROXIES": "0"}, "BROADSHEET_PROXIES: "),
    ],
)
def test_unsuitable_settings_are_rejected(
    prepared: Path, tmp_path: Path, changed: dict[str, str], message: str
) -> None:
    done = run(prepared, "deploy", f"--root={tmp_path / 'machine'}", **{**SITE, **changed})
    assert done.returncode == 2
    assert done.stderr.startswith(f"broadsheet: {message}")
    assert not (tmp_path / "machine").exists()


def test_a_dry_run_is_suggested_if_files_cannot_be_written(prepared: Path, tmp_path: Path) -> None:
    (tmp_path / "machine").write_text("a file, and no folder")
    done = run(prepared, "deploy", f"--root={tmp_path / 'machine'}", **SITE)
    assert done.returncode == 1
    assert "--dry-run" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.server
def test_systemd_accepts_the_units_and_rates_them_as_secure(root: Path) -> None:
    if shutil.which("systemd-analyze") is None:
        pytest.skip("needs systemd-analyze")
    units = [root / UNITS / name for name in ("broadsheet.service", "broadsheet-worker.service")]
    for unit in units:  # verify requires that the programs exist
        unit.write_text(re.sub(r"(?m)^(ExecStart=)\S+", r"\1/bin/true", unit.read_text()))
    verify = [
        "systemd-analyze",
        "verify",
        "--man=no",
        *map(str, [*units, root / UNITS / "broadsheet.socket"]),
    ]
    done = subprocess.run(verify, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "broadsheet" not in done.stderr
    for unit in units:
        exposure = ["systemd-analyze", "security", "--offline=true", "--threshold=20", str(unit)]
        done = subprocess.run(exposure, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout[-300:]


def test_logrotate_accepts_its_configuration(root: Path) -> None:
    if shutil.which("logrotate") is None:
        pytest.skip("needs logrotate")
    file = root / "etc/logrotate.d/broadsheet"
    done = subprocess.run(
        ["logrotate", "--debug", str(file)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "error" not in done.stderr
