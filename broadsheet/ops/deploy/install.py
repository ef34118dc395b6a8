"""Installing the site as services of this machine, in idempotent steps."""

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
from broadsheet.lib.file_storage import make_public
from broadsheet.ops.backup import storages
from broadsheet.ops.database import migration_plan
from broadsheet.ops.deploy import config_files, nginx, service_user
from broadsheet.ops.deploy.cli import ENV
from broadsheet.ops.deploy.config_files import ConfigFile
from broadsheet.ops.deploy.service_user import run_as
from broadsheet.ops.deploy.writer import FileWriter, WriteOutcome, write_file
from broadsheet.ops.server import bootstrap
from broadsheet.publication.actions import setup_key

#: Seconds within which the site must start to answer.
_START_TIMEOUT = 30

type Say = Callable[[str], object]


class StepError(Exception):
    """A step failed. The message names the step, the reason and a solution."""


class Installation:
    """This site on this machine, for `user`. A second `run` changes nothing."""

    def __init__(self, writer: FileWriter, user: str, say: Say) -> None:
        self._writer, self._user, self._say = writer, user, say
        self._written: set[str] = set()
        self.failures: list[str] = []

    def run(self, *, email: str, certificate: str, key: str) -> None:
        """Run all steps. Raises StepError if the rest cannot be done, and OSError."""
        self._make_user()
        self._fix_ownership()
        for file in config_files.system_files(self._user):
            self._write_file(file)
        self._prepare_site()
        self._start()
        self._configure_nginx(certificate, key)
        if not certificate:
            self._obtain_certificate(email)
        self._back_up()
        self._fix_ownership(is_last=True)
        self._welcome()

    def _make_user(self) -> None:
        exists = service_user.exists(self._user)
        if not exists:
            home = ["--home-dir", str(settings.DATA), "--shell", "/usr/sbin/nologin"]
            _run("useradd", "--system", "--user-group", *home, self._user)
        self._report(f"user {self._user}", "exists" if exists else "created")
        program = str(Path(sys.prefix) / "bin" / "broadsheet")
        try:
            _run("runuser", "-u", self._user, "--", program, "help")
        except StepError as error:
            raise StepError(
                f"The user {self._user} cannot run {program}. Install Broadsheet and its "
                "Python where every user can read them, for example in /opt/broadsheet."
            ) from error

    def _fix_ownership(self, *, is_last: bool = False) -> None:
        count = service_user.chown_recursive(settings.DATA, self._user)
        for folder in config_files.external_folders():
            count += service_user.chown_recursive(folder, self._user)
        count += run_as(self._user, service_user.restrict_permissions)
        if not is_last:
            self._report(str(settings.DATA), f"{count} changed owner" if count else "up to date")

    def _write_file(self, file: ConfigFile) -> WriteOutcome:
        outcome = self._writer.write(file)
        self._report(str(file.path), outcome.format(file.path))
        if outcome is WriteOutcome.WRITTEN:
            self._written.add(file.path.name)
        return outcome

    def _prepare_site(self) -> None:
        """Migrate and collect static files, while the previous version still serves."""
        done: list[str] = run_as(self._user, _prepare, is_running=_is_active("broadsheet.service"))
        self._report("database and static files", ", ".join(done) or "up to date")

    def _start(self) -> None:
        """Start the units; restart them if their code or settings changed."""
        if not _has_systemd():
            self._report("units", "enabled; they start at boot, because systemd is not running now")
            _run("systemctl", "enable", *config_files.UNITS)
            return
        version = _code_version()
        is_new = self._writer.differs("running", version)
        if self._written & {*config_files.UNITS}:
            _run("systemctl", "daemon-reload")
        if config_files.UNITS[0] in self._written:  # the socket cannot start while its service runs
            _run("systemctl", "stop", *config_files.UNITS)
        _run("systemctl", "enable", "--now", *config_files.UNITS)
        if is_new:
            _run("systemctl", "restart", *config_files.UNITS[1:])
        self._writer.record("running", version)
        if _is_answering():
            self._report("units", "started" if is_new else "running")
        else:
            self.failures.append(
                "Broadsheet does not answer. `journalctl -u broadsheet` shows why."
            )

    def _configure_nginx(self, certificate: str, key: str) -> None:
        """Configure and reload nginx; without a certificate, only for obtaining one."""
        make_public(nginx.ACME)
        if not config_files.LOGS.is_dir():
            config_files.LOGS.mkdir(0o750)
            shutil.chown(config_files.LOGS, service_user.NGINX, "adm")
        certificate_path = Path(certificate) if certificate else nginx.certificate_file()
        site = run_as(
            self._user,
            config_files.nginx_file,
            certificate,
            key,
            has_certificate=certificate_path.exists(),
        )
        before = config_files.NGINX.read_text() if config_files.NGINX.exists() else None
        if self._write_file(site) is not WriteOutcome.WRITTEN and _is_active("nginx.service"):
            return
        try:
            _run("nginx", "-t")
        except StepError:
            if before is None:
                config_files.NGINX.unlink()
            else:
                write_file(config_files.NGINX, before, 0o644)
                self._writer.record(str(config_files.NGINX), before)
            raise
        if _has_systemd():
            _run("systemctl", "enable", "--now", "nginx.service")
            _run("systemctl", "reload", "nginx.service")

    def _obtain_certificate(self, email: str) -> None:
        """Obtain a certificate by certbot, which renews it from then on, and serve with it."""
        file, names = nginx.certificate_file(), nginx.certified_names()
        if file.exists():
            self._report("certificate", f"{file} exists")
            return
        if not names or settings.PROXIES > 1:
            self._report("certificate", "none needed")
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
                f"{error}\nThere is no certificate yet. When {', '.join(names)} points to this "
                "machine and port 80 is reachable, run `broadsheet deploy` again."
            )
            return
        self._report("certificate", "issued; certbot renews it")
        self._configure_nginx("", "")

    def _back_up(self) -> None:
        try:
            outcome = run_as(self._user, _first_backup)
        except Exception as error:
            self.failures.append(f"The first backup failed: {error}")
        else:
            self._report("backup", outcome)

    def _welcome(self) -> None:
        link = run_as(self._user, _claim_link)
        self._say(f"\nThe site is running at {settings.SITE_URL}.")
        if link:
            self._say(f"Open this link once to create the owner's account: {link}")

    def _report(self, step: str, outcome: str) -> None:
        self._say(f"{step}: {outcome}")


def _prepare(*, is_running: bool) -> list[str]:
    done: list[str] = []
    if is_running and migration_plan.count_pending():
        call_command("upgrade-check", stdout=io.StringIO())
    bootstrap.migrate_and_collect_static(lambda line: done.append(line.removesuffix(" …")))
    return done


def _first_backup() -> str:
    if storages.get_storage(settings.BACKUP_TARGET).list_archives():
        return "exists"
    call_command("backup", stdout=io.StringIO(), stderr=io.StringIO())
    return f"first backup created in {settings.BACKUP_TARGET}"


def _claim_link() -> str:
    if is_claimed():
        return ""
    return settings.SITE_URL + reverse("publication:site-setup", args=[setup_key()])


def _code_version() -> str:
    """Return a text that changes whenever the code or the settings of the units change."""
    requirements = settings.PACKAGE.parent / "requirements"
    sources = sorted([*settings.PACKAGE.rglob("*"), *requirements.glob("*.txt")])
    times = [
        f"{path} {path.stat().st_mtime_ns}"
        for path in sources
        if path.is_file() and "__pycache__" not in path.parts
    ]
    return "\n".join([ENV.read_text(), *times])


def _has_systemd() -> bool:
    return Path("/run/systemd/system").is_dir()


def _is_answering() -> bool:
    """Return whether the site answers within _START_TIMEOUT."""
    end = time.monotonic() + _START_TIMEOUT
    while time.monotonic() < end:
        try:
            with urllib.request.urlopen(
                f"http://{nginx.backend()}/healthz", timeout=_START_TIMEOUT
            ):
                return True
        except OSError:
            time.sleep(0.2)
    return False


def _is_active(unit: str) -> bool:
    command = ["systemctl", "is-active", "--quiet", unit]
    return subprocess.run(command, check=False, capture_output=True).returncode == 0  # noqa: S603


def _run(*command: str) -> str:
    """Run a program; return its output. Raises StepError."""
    try:
        result = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    except FileNotFoundError as error:
        raise StepError(f"{command[0]} is not installed. bin/deploy installs it.") from error
    if result.returncode:
        lines = (result.stderr.strip() or result.stdout.strip()).splitlines()[-8:]
        raise StepError("\n".join([f"`{' '.join(command)}` failed:", *lines]))
    return result.stdout
