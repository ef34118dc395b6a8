"""What an installation is told: by options, by questions, and by the settings of an earlier one.

It ends up in the environment before the settings are read, so nothing here may need them.
"""

import argparse
import atexit
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from broadsheet.lib import env

ENV = Path("/etc/broadsheet/broadsheet.env")
_DATA = "/var/lib/broadsheet"
#: What stays in the environment where an earlier installation has its settings in a file.
_STAYS = {"PATH", "HOME", "LANG", "TERM", "TMPDIR", "PYTHONPATH", "DJANGO_SETTINGS_MODULE"}
_QUESTIONS = (
    ("domain", "The site's domain, such as example.org: "),
    ("email", "Your e-mail address, for Let's Encrypt to warn you (empty: none): "),
    (
        "mail_server",
        "A mail server, such as smtp+tls://user:password@mail.example.org:587 (empty: none yet): ",
    ),
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of `broadsheet deploy`."""
    parser.add_argument("--domain", default="", help="the site's domain, such as example.org")
    parser.add_argument("--email", default="", help="your address, for who gives certificates")
    parser.add_argument("--mail-server", default="", help="as in EMAIL_URL; none: mails are kept")
    parser.add_argument("--data", default="", help=f"the folder for everything ({_DATA})")
    parser.add_argument("--user", default="", help="who runs it (broadsheet)")
    parser.add_argument("--certificate", default="", help="the file with the TLS certificate")
    parser.add_argument("--key", default="", help="the file with its key")
    parser.add_argument("--root", type=Path, default=Path("/"), help="write files alone, below it")
    parser.add_argument("--dry-run", action="store_true", help="print what would be done")
    parser.add_argument("--yes", action="store_true", help="ask nothing")


def prepare(arguments: Sequence[str]) -> list[str]:
    """Let the settings be those of the installation that `arguments` ask for; return all of these.

    Asks on a terminal for what is missing. Raises Refused where that cannot be used.
    """
    parser = argparse.ArgumentParser(add_help=False, exit_on_error=False)
    add_arguments(parser)
    try:
        options, _others = parser.parse_known_args(arguments)
    except argparse.ArgumentError:
        return [*arguments]  # which the command itself says in full
    file = options.root / ENV.relative_to("/")
    if {"-h", "--help"} & {*arguments}:
        os.environ["BROADSHEET_ENV"] = os.devnull
        os.environ["BROADSHEET_DATA"] = _passing_folder()
    elif file.exists():
        _take_over(file, options)
    else:
        _begin(options)
    more = {"--email": options.email, "--data": options.data}
    return [*arguments, *(f"{name}={value}" for name, value in more.items())]


def _take_over(file: Path, options: argparse.Namespace) -> None:
    """Take the settings from `file` and from nowhere else."""
    if not os.access(file, os.R_OK):
        raise env.Refused(f"{file} cannot be read: run this as root.")
    for name in os.environ.keys() - _STAYS:
        del os.environ[name]
    os.environ["BROADSHEET_ENV"] = str(file)
    values = dict(line.split("=", 1) for line in file.read_text().splitlines() if "=" in line)
    address = values.get("BROADSHEET_URL", "").strip("\"'")
    if options.domain and address != _address(options.domain):
        raise env.Refused(
            f"--domain: the site is {address} in {file}. To move it, change BROADSHEET_URL there."
        )


def _begin(options: argparse.Namespace) -> None:
    env.Env.of_process()  # puts what `.env` says into the environment
    if not (os.environ.get("BROADSHEET_URL") or os.environ.get("BROADSHEET_URL_FILE")):
        if sys.stdin.isatty() and not options.yes:
            for name, question in _QUESTIONS:
                if not getattr(options, name):
                    setattr(options, name, _answer(name, question))
        if not options.domain:
            raise env.Refused("--domain: none was named. For example: --domain=example.org")
    if options.domain:
        os.environ["BROADSHEET_URL"] = _address(options.domain)
    if options.mail_server:
        os.environ["EMAIL_URL"] = options.mail_server
    os.environ.setdefault("BROADSHEET_PROXIES", "1")
    options.data = options.data or os.environ.get("BROADSHEET_DATA") or _DATA
    os.environ["BROADSHEET_DATA"] = options.data
    if options.dry_run and not Path(options.data).exists():
        # What is printed is made from a site, so one is made, and taken away again.
        os.environ["BROADSHEET_DATA"] = _passing_folder()


def _passing_folder() -> str:
    """Return a new folder that is gone when this process ends."""
    folder = tempfile.mkdtemp(prefix="broadsheet-trial-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def _address(domain: str) -> str:
    if "://" in domain:
        domain = domain.partition("://")[2]
    try:
        return env.site_address(f"https://{domain}")
    except ValueError as error:
        raise env.Refused(
            f"--domain: {domain!r} {error}. For example: --domain=example.org"
        ) from error


_CHECKS: dict[str, Callable[[str], str]] = {
    "domain": _address,
    "email": env.text,
    "mail_server": env.address("smtp", "smtps", "smtp+tls", "smtp+ssl"),
}


def _answer(name: str, question: str) -> str:
    """Ask until the answer can be used."""
    while True:
        answer = input(question).strip()
        if not answer and name == "domain":
            continue
        try:
            _CHECKS[name](answer)
        except (ValueError, env.Refused) as error:
            sys.stdout.write(f"That {error}.\n")
        else:
            return answer
