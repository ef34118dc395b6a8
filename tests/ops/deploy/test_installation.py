"""`bin/deploy` on a machine without a site: one command makes the site public."""

import errno
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.ops.deploy.machines import DOMAIN, Machine, machine
from tests.ops.faulty_disk import FaultyDisk
from tests.ops.processes import ROOT

pytestmark = [pytest.mark.server("nginx"), pytest.mark.slow]

DEPLOY = (str(ROOT / "bin" / "deploy"), f"--domain={DOMAIN}", "--email=me@example.org", "--yes")
#: Where an installation writes files, except those of running processes.
WRITTEN = "/etc /usr/local /var/www /var/lib/broadsheet/static /var/lib/broadsheet/backups".split()
type Result = subprocess.CompletedProcess[str]


@pytest.fixture(scope="module")
def bare() -> Iterator[Machine]:
    with (
        TemporaryDirectory(prefix="broadsheet-machine-") as folder,
        machine(Path(folder)) as created,
    ):
        yield created


@pytest.fixture(scope="module")
def without_certificate(bare: Machine) -> Result:
    """The first run, on a machine to which the domain does not point yet."""
    return bare.run(*DEPLOY)


@pytest.fixture(scope="module")
def site(bare: Machine, without_certificate: Result) -> Machine:
    """The machine after a second run, in which certificates were available."""
    assert without_certificate.returncode == 1
    bare.start_pebble()
    done = bare.run(*DEPLOY[:1])
    assert done.returncode == 0, done.stdout + done.stderr
    return bare


def test_all_but_the_certificate_is_set_up_and_the_next_step_is_printed(
    bare: Machine, without_certificate: Result
) -> None:
    assert "Traceback" not in without_certificate.stderr
    assert "There is no certificate yet. When blog.example.org points to this machine" in (
        without_certificate.stderr
    )
    assert "run `broadsheet deploy` again" in without_certificate.stderr
    assert "backup: first backup created" in without_certificate.stdout


def test_the_site_is_served_over_https_and_can_be_claimed(
    site: Machine, without_certificate: Result
) -> None:
    assert site.fetch(f"http://{DOMAIN}/about") == (301, f"https://{DOMAIN}/about")
    status, page = site.fetch(f"https://{DOMAIN}/")
    assert status == 200
    link = re.search(
        rf"create the owner's account: (https://{DOMAIN}/\S+)", without_certificate.stdout
    )
    assert link
    assert site.fetch(link[1])[0] == 200
    sheet = re.search(r"/static/public/read\.[0-9a-f]{12}\.css", page)
    assert sheet
    as_nginx = ["runuser", "-u", "www-data", "--", "test", "-r"]
    site.output(*as_nginx, f"/var/lib/broadsheet{sheet[0]}")
    site.output(*as_nginx, f"/var/lib/broadsheet{sheet[0]}.gz")
    assert site.run(*as_nginx, "/var/lib/broadsheet/broadsheet.sqlite3").returncode == 1


def test_a_second_run_changes_nothing_and_reports_that(site: Machine) -> None:
    list_files = ["find", *WRITTEN, "-printf", "%p %T@ %m %u %g %s\\n"]
    before, log = site.output(*list_files), site.output("cat", "/var/log/systemctl")
    done = site.output(*DEPLOY)
    assert "database and static files: up to date" in done
    assert "units: running" in done
    assert "backup: exists" in done
    assert "written" not in done
    assert site.output(*list_files) == before
    verbs = {
        line.split()[0]
        for line in site.output("cat", "/var/log/systemctl")[len(log) :].splitlines()
    }
    assert verbs <= {"is-active", "enable"}, "nothing was restarted"


def test_commands_run_as_the_services_user_with_the_services_settings(
    site: Machine,
) -> None:
    assert site.output("broadsheet", "config").count(f"https://{DOMAIN}") == 1
    site.output("broadsheet", "backup")
    foreign = ["find", "/var/lib/broadsheet", "(", "!", "-user", "broadsheet", ")", "-print"]
    assert site.output(*foreign) == ""
    assert site.output("broadsheet", "backups").count(".tar.zst") == 2


def test_nginx_is_reloaded_after_certbot_renews_the_certificate(site: Machine) -> None:
    site.output("certbot", "renew", "--force-renewal", "--no-random-sleep-on-renew")
    assert site.output("tail", "-n", "1", "/var/log/systemctl") == "reload nginx.service\n"


def test_another_run_applies_changed_settings_and_restores_file_owners(
    site: Machine,
) -> None:
    stray = ("/var/lib/broadsheet/note", "/var/lib/broadsheet/media/ab/stray.png")
    for path in stray:
        site.write(path, "text")
    site.output("bash", "-c", "echo TIME_ZONE=Europe/Berlin >> /etc/broadsheet/broadsheet.env")
    done = site.output(*DEPLOY)
    assert re.search(r"/var/lib/broadsheet: \d changed owner", done)
    modes = site.output("stat", "-c", "%U %a", *stray, str(Path(stray[1]).parent))
    assert modes == "broadsheet 600\nbroadsheet 644\nbroadsheet 755\n"
    assert "units: started" in done
    restarted = "restart broadsheet.service broadsheet-worker.service"
    assert restarted in site.output("cat", "/var/log/systemctl")
    assert site.fetch(f"https://{DOMAIN}/")[0] == 200


@pytest.mark.prove
def test_a_disk_error_is_reported_in_one_line_and_the_next_run_succeeds(
    site: Machine,
) -> None:
    elsewhere, log, switch = "/mnt/archives", "/var/log/broadsheet", "/tmp/switch"
    setting = f"BROADSHEET_BACKUP_TARGET={elsewhere}"
    site.output("bash", "-c", f"echo {setting} >> /etc/broadsheet/broadsheet.env")
    site.output("rm", "-rf", log)
    variables = FaultyDisk(Path("/"), Path(switch)).variables
    for place in ("service_user.py chown_recursive", "install.py Installation._configure_nginx"):
        site.output("ln", "-s", f"{errno.ENOSPC}:0:ops/deploy/{place}", switch)
        done = site.run(*DEPLOY, **variables)
        site.output("rm", switch)
        assert done.returncode == 1
        assert site.output("tail", "-n", "1", f"{switch}.log") == f"ops/deploy/{place}\n"
        assert done.stderr.startswith("broadsheet: The disk is full. Free some space, then run")
        assert done.stderr.count("\n") == 1, done.stderr
        site.output("mkdir", "-p", elsewhere)
        assert site.fetch(f"https://{DOMAIN}/")[0] == 200
    site.output(*DEPLOY)
    site.output("test", "-d", log, "-a", "-d", elsewhere)
