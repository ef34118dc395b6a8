"""All that makes this site a service of this machine, step by step; each finds what is done."""

import io
import shutil
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.urls import reverse

from broadsheet.accounts.policy import is_claimed
from broadsheet.lib.storage import make_public
from broadsheet.ops.backup import storages
from broadsheet.ops.database import migration_plan
from broadsheet.ops.deploy import config_files, nginx, service_user
from broadsheet.ops.deploy.cli import ENV
from broadsheet.ops.deploy.config_files import File
from broadsheet.ops.deploy.service_user import run_as
from broadsheet.ops.deploy.writer import Machine, Outcome
from broadsheet.ops.server import bootstrap
from broadsheet.publication.actions import claim_key

#: Seconds in which the site begins to answer.
_PATIENCE = 30

type Say = Callable[[str], object]


class StepError(Exception):
    """A step failed. The message says which, why and the way out."""


class Installation:
    """This site on this machine, for `user`. A second `run` changes nothing."""

    def __init__(self, machine: Machine, user: str, say: Say) -> None:
        self._machine, self._user, self._say = machine, user, say
        self._written: set[str] = set()
        self.failures: list[str] = []

    def run(self, *, email: str, certificate: str, key: str) -> None:
        """Do all of it. Raises StepError where nothing further can be done, and OSError."""
        self._make_user()
        self._give_data()
        for file in config_files.wanted(self._user):
            self._put(file)
        self._prepare_site()
        self._start()
        self._serve(certificate, key)
        if not certificate:
            self._certify(email)
        self._back_up()
        self._give_data(is_last=True)
        self._welcome()

    def _make_user(self) -> None:
        is_there = service_user.exists(self._user)
        if not is_there:
            home = ["--home-dir", str(settings.DATA), "--shell", "/usr/sbin/nologin"]
            _run("useradd", "--system", "--user-group", *home, self._user)
        self._tell(f"user {self._user}", "is there" if is_there else "made")
        program = str(Path(sys.prefix) / "bin" / "broadsheet")
        try:
            _run("runuser", "-u", self._user, "--", program, "help")
        except StepError as error:
            raise StepError(
                f"The user {self._user} cannot run {program}: Broadsheet, and the Python that it "
                "runs with, must lie where all may read them, such as /opt/broadsheet."
            ) from error

    def _give_data(self, *, is_last: bool = False) -> None:
        count = service_user.give(settings.DATA, self._user)
        for folder in config_files.elsewhere():
            count += service_user.give(folder, self._user)
        count += run_as(self._user, service_user.close_to_others)
        if not is_last:
            self._tell(str(settings.DATA), f"{count} changed hands" if count else "as it should be")

    def _put(self, file: File) -> Outcome:
        outcome = self._machine.put(file)
        self._tell(str(file.path), outcome.format(file.path))
        if outcome is Outcome.WRITTEN:
            self._written.add(file.path.name)
        return outcome

    def _prepare_site(self) -> None:
        """Bring the database and the static files up to date, while the version before serves."""
        done: list[str] = run_as(self._user, _prepare, is_running=_is_active("broadsheet.service"))
        self._tell("database and static files", ", ".join(done) or "up to date")

    def _start(self) -> None:
        """Start the units, or again where what they run is not what they ran."""
        if not _has_systemd():
            self._tell("units", "enabled; they start with the machine, for systemd is not running")
            _run("systemctl", "enable", *config_files.UNITS)
            return
        running = _running()
        is_new = self._machine.differs("running", running)
        if self._written & {*config_files.UNITS}:
            _run("systemctl", "daemon-reload")
        if config_files.UNITS[0] in self._written:  # which cannot begin while what it is for runs
            _run("systemctl", "stop", *config_files.UNITS)
        _run("systemctl", "enable", "--now", *config_files.UNITS)
        if is_new:
            _run("systemctl", "restart", *config_files.UNITS[1:])
        self._machine.note("running", running)
        if _answers():
            self._tell("units", "started" if is_new else "running")
        else:
            self.failures.append("Broadsheet does not answer: `journalctl -u broadsheet` says why.")

    def _serve(self, certificate: str, key: str) -> None:
        """Let nginx serve what it can: without a certificate, only what is needed to get one."""
        make_public(nginx.ACME)
        if not config_files.LOGS.is_dir():
            config_files.LOGS.mkdir(0o750)
            shutil.chown(config_files.LOGS, service_user.NGINX, "adm")
        where = Path(certificate) if certificate else nginx.certificate_file()
        site = run_as(
            self._user, config_files.site, certificate, key, has_certificate=where.exists()
        )
        before = config_files.NGINX.read_text() if config_files.NGINX.exists() else None
        if self._put(site) is not Outcome.WRITTEN and _is_active("nginx.service"):
            return
        try:
            _run("nginx", "-t")
        except StepError:
            if before is None:
                config_files.NGINX.unlink()
            else:
                config_files.NGINX.write_text(before)
                self._machine.note(str(config_files.NGINX), before)
            raise
        if _has_systemd():
            _run("systemctl", "enable", "--now", "nginx.service")
            _run("systemctl", "reload", "nginx.service")

    def _certify(self, email: str) -> None:
        """Get a certificate, which certbot renews by itself from then on, and serve with it."""
        file, names = nginx.certificate_file(), nginx.certified_names()
        if file.exists():
            self._tell("certificate", f"{file} is there")
            return
        if not names or settings.PROXIES > 1:
            self._tell("certificate", "none needed")
            return
        command = ["certbot", "certonly", "--non-interactive", "--agree-tos", "--webroot"]
        mail = ["--email", email, "--no-eff-email"]
        command += mail if email else ["--register-unsafely-without-email"]
        command += ["--webroot-path", str(nginx.ACME), "--cert-name", names[0]]
        command += ["--deploy-hook", "systemctl reload nginx.service"]
        try:
            _run(*command, *(word for name in names for word in ("-d", name)))
        except StepError as error:
            self.failures.append(
                f"{error}\nThere is no certificate yet. When {', '.join(names)} leads to this "
                "machine and port 80 can be reached, run `broadsheet deploy` again."
            )
            return
        self._tell("certificate", "got, and renewed by certbot")
        self._serve("", "")

    def _back_up(self) -> None:
        try:
            said = run_as(self._user, _first_backup)
        except Exception as error:
            self.failures.append(f"The first backup failed: {error}")
        else:
            self._tell("backup", said)

    def _welcome(self) -> None:
        link = run_as(self._user, _claim_link)
        self._say(f"\n{settings.SITE_URL} is this site.")
        if link:
            self._say(f"Make it yours, once: {link}")

    def _tell(self, what: str, outcome: str) -> None:
        self._say(f"{what}: {outcome}")


def _prepare(*, is_running: bool) -> list[str]:
    done: list[str] = []
    if is_running and migration_plan.pending_migrations():
        call_command("upgrade-check", stdout=io.StringIO())
    bootstrap.prepare(lambda line: done.append(line.removesuffix(" …")))
    return done


def _first_backup() -> str:
    if storages.get_storage(settings.BACKUP_TARGET).archives():
        return "there are some"
    call_command("backup", stdout=io.StringIO(), stderr=io.StringIO())
    return f"the first one made, in {settings.BACKUP_TARGET}"


def _claim_link() -> str:
    if is_claimed():
        return ""
    return settings.SITE_URL + reverse("publication:claim", args=[claim_key()])


def _running() -> str:
    """Return what changes whenever a start of the units would run something else."""
    requirements = settings.PACKAGE.parent / "requirements"
    sources = sorted([*settings.PACKAGE.rglob("*"), *requirements.glob("*.txt")])
    stamps = [
        f"{path} {path.stat().st_mtime_ns}"
        for path in sources
        if path.is_file() and "__pycache__" not in path.parts
    ]
    return "\n".join([ENV.read_text(), *stamps])


def _has_systemd() -> bool:
    return Path("/run/systemd/system").is_dir()


def _answers() -> bool:
    """Whether the site answers; it has half a minute to begin."""
    end = time.monotonic() + _PATIENCE
    while time.monotonic() < end:
        try:
            with urllib.request.urlopen(f"http://{nginx.backend()}/healthz", timeout=_PATIENCE):
                return True
        except OSError:
            time.sleep(0.2)
    return False


def _is_active(unit: str) -> bool:
    command = ["systemctl", "is-active", "--quiet", unit]
    return subprocess.run(command, check=False, capture_output=True).returncode == 0  # noqa: S603


def _run(*command: str) -> str:
    """Run a program of the machine; return what it said. Raises StepError."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    except FileNotFoundError as error:
        raise StepError(f"{command[0]} is not installed: bin/deploy installs it.") from error
    if done.returncode:
        said = (done.stderr.strip() or done.stdout.strip()).splitlines()[-8:]
        raise StepError("\n".join([f"`{' '.join(command)}` failed:", *said]))
    return done.stdout
