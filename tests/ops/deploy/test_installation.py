"""`bin/deploy` on a machine without a site: one command, and it can be read by everybody."""

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
#: What an installation writes, but for what runs.
WRITTEN = "/etc /usr/local /var/www /var/lib/broadsheet/static /var/lib/broadsheet/backups".split()
type Done = subprocess.CompletedProcess[str]


@pytest.fixture(scope="module")
def bare() -> Iterator[Machine]:
    with TemporaryDirectory(prefix="broadsheet-machine-") as folder, machine(Path(folder)) as made:
        yield made


@pytest.fixture(scope="module")
def without_certificate(bare: Machine) -> Done:
    """The first run, on a machine to which the domain does not lead yet."""
    return bare.run(*DEPLOY)


@pytest.fixture(scope="module")
def site(bare: Machine, without_certificate: Done) -> Machine:
    """The machine on which everything was there when the command was run again."""
    assert without_certificate.returncode == 1
    bare.begin_giving_certificates()
    done = bare.run(*DEPLOY[:1])
    assert done.returncode == 0, done.stdout + done.stderr
    return bare


def test_without_a_certificate_all_else_is_done_and_the_way_on_is_said(
    bare: Machine, without_certificate: Done
) -> None:
    assert "Traceback" not in without_certificate.stderr
    assert "There is no certificate yet. When blog.example.org points to this machine" in (
        without_certificate.stderr
    )
    assert "run `broadsheet deploy` again" in without_certificate.stderr
    assert "backup: first backup created" in without_certificate.stdout


def test_then_it_is_read_over_https_and_its_link_makes_it_ones_own(
    site: Machine, without_certificate: Done
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
    site.does(*as_nginx, f"/var/lib/broadsheet{sheet[0]}")
    site.does(*as_nginx, f"/var/lib/broadsheet{sheet[0]}.gz")
    assert site.run(*as_nginx, "/var/lib/broadsheet/broadsheet.sqlite3").returncode == 1


def test_a_second_run_changes_nothing_and_says_so(site: Machine) -> None:
    look = ["find", *WRITTEN, "-printf", "%p %T@ %m %u %g %s\\n"]
    before, log = site.does(*look), site.does("cat", "/var/log/systemctl")
    done = site.does(*DEPLOY)
    assert "database and static files: up to date" in done
    assert "units: running" in done
    assert "backup: exists" in done
    assert "written" not in done
    assert site.does(*look) == before
    verbs = {
        line.split()[0] for line in site.does("cat", "/var/log/systemctl")[len(log) :].splitlines()
    }
    assert verbs <= {"is-active", "enable"}, "nothing was started again"


def test_commands_run_as_the_services_user_with_its_settings_whoever_runs_them(
    site: Machine,
) -> None:
    assert site.does("broadsheet", "config").count(f"https://{DOMAIN}") == 1
    site.does("broadsheet", "backup")
    foreign = ["find", "/var/lib/broadsheet", "(", "!", "-user", "broadsheet", ")", "-print"]
    assert site.does(*foreign) == ""
    assert site.does("broadsheet", "backups").count(".tar.zst") == 2


def test_what_certbot_renews_nginx_serves(site: Machine) -> None:
    site.does("certbot", "renew", "--force-renewal", "--no-random-sleep-on-renew")
    assert site.does("tail", "-n", "1", "/var/log/systemctl") == "reload nginx.service\n"


def test_changed_settings_take_effect_and_what_root_left_behind_is_the_services_again(
    site: Machine,
) -> None:
    left = ("/var/lib/broadsheet/note", "/var/lib/broadsheet/media/ab/stray.png")
    for path in left:
        site.write(path, "text")
    site.does("bash", "-c", "echo TIME_ZONE=Europe/Berlin >> /etc/broadsheet/broadsheet.env")
    done = site.does(*DEPLOY)
    assert re.search(r"/var/lib/broadsheet: \d changed owner", done)
    modes = site.does("stat", "-c", "%U %a", *left, str(Path(left[1]).parent))
    assert modes == "broadsheet 600\nbroadsheet 644\nbroadsheet 755\n"
    assert "units: started" in done
    restarted = "restart broadsheet.service broadsheet-worker.service"
    assert restarted in site.does("cat", "/var/log/systemctl")
    assert site.fetch(f"https://{DOMAIN}/")[0] == 200


def test_a_machine_whose_disk_breaks_is_told_in_a_line_and_installed_once_it_is_mended(
    site: Machine,
) -> None:
    elsewhere, log, switch = "/mnt/archives", "/var/log/broadsheet", "/tmp/switch"
    setting = f"BROADSHEET_BACKUP_TARGET={elsewhere}"
    site.does("bash", "-c", f"echo {setting} >> /etc/broadsheet/broadsheet.env")
    site.does("rm", "-rf", log)
    variables = FaultyDisk(Path("/"), Path(switch)).variables
    for place in ("service_user.py chown_recursive", "install.py Installation._serve"):
        site.does("ln", "-s", f"{errno.ENOSPC}:0:ops/deploy/{place}", switch)
        done = site.run(*DEPLOY, **variables)
        site.does("rm", switch)
        assert done.returncode == 1
        assert site.does("tail", "-n", "1", f"{switch}.log") == f"ops/deploy/{place}\n"
        assert done.stderr.startswith("broadsheet: The disk is full. Free some space, then run")
        assert done.stderr.count("\n") == 1, done.stderr
        site.does("mkdir", "-p", elsewhere)
        assert site.fetch(f"https://{DOMAIN}/")[0] == 200
    site.does(*DEPLOY)
    site.does("test", "-d", log, "-a", "-d", elsewhere)
