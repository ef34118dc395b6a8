"""Options, prompts and existing settings of `broadsheet deploy`.

They are put into the environment before the settings are loaded, so nothing here may use those.
"""

import argparse
import atexit
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from broadsheet.lib import env, setting_parsers

ENV = Path("/etc/broadsheet/broadsheet.env")
_DEFAULT_DATA = "/var/lib/broadsheet"
#: Environment variables that are retained if an existing installation's file has the settings.
_KEEP = {"PATH", "HOME", "LANG", "TERM", "TMPDIR", "PYTHONPATH", "DJANGO_SETTINGS_MODULE"}
_PROMPTS = (
    ("domain", "Domain of the site, for example example.org: "),
    ("email", "Your e-mail address, for notices from Let's Encrypt (empty: none): "),
    (
        "mail_server",
        "Mail server: smtp+tls://user:password@mail.example.org:587, for example (empty: none): ",
    ),
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of `broadsheet deploy`."""
    parser.add_argument("--domain", default="", help="domain of the site, for example example.org")
    parser.add_argument(
        "--email", default="", help="your e-mail address, for the certificate authority"
    )
    parser.add_argument(
        "--mail-server",
        default="",
        metavar="URL",
        help="URL of the mail server, as in EMAIL_URL (default: e-mails are only stored)",
    )
    parser.add_argument(
        "--data", default="", metavar="FOLDER", help=f"data folder (default: {_DEFAULT_DATA})"
    )
    parser.add_argument(
        "--user",
        default="",
        metavar="NAME",
        help="system user of the service (default: broadsheet)",
    )
    parser.add_argument(
        "--certificate", default="", metavar="FILE", help="file with the TLS certificate"
    )
    parser.add_argument(
        "--key", default="", metavar="FILE", help="file with the private key of the certificate"
    )
    parser.add_argument(
        "--root",
        type=Path,
        default=Path("/"),
        metavar="FOLDER",
        help="only write files, below this folder",
    )
    parser.add_argument(
        "--dry-run", action="store_true", help="print every file and step, and change nothing"
    )
    parser.add_argument("--yes", action="store_true", help="do not prompt")


def prepare(arguments: Sequence[str]) -> list[str]:
    """Put the settings that `arguments` imply into the environment; return complete arguments.

    Prompts on a terminal for missing values. Raises StartupError for invalid ones.
    """
    parser = argparse.ArgumentParser(add_help=False, exit_on_error=False)
    add_arguments(parser)
    try:
        options, _others = parser.parse_known_args(arguments)
    except argparse.ArgumentError:
        return [*arguments]  # the command reports the error
    file = options.root / ENV.relative_to("/")
    if {"-h", "--help"} & {*arguments}:
        os.environ["BROADSHEET_ENV"] = os.devnull
        os.environ["BROADSHEET_DATA"] = _temporary_folder()
    elif file.exists():
        _load_settings(file, options)
    else:
        _build_settings(options)
    resolved = {"--email": options.email, "--data": options.data}
    return [*arguments, *(f"{name}={value}" for name, value in resolved.items())]


def _load_settings(file: Path, options: argparse.Namespace) -> None:
    """Use the settings in `file`, and no others."""
    if not os.access(file, os.R_OK):
        raise env.StartupError(f"{file} cannot be read. Run this as root.")
    for name in os.environ.keys() - _KEEP:
        del os.environ[name]
    os.environ["BROADSHEET_ENV"] = str(file)
    values = dict(line.split("=", 1) for line in file.read_text().splitlines() if "=" in line)
    url = values.get("BROADSHEET_URL", "").strip("\"'")
    if options.domain and url != _site_url(options.domain):
        raise env.StartupError(
            f"--domain: {file} has {url} as the site's URL. To move the site, change "
            "BROADSHEET_URL there."
        )


def _build_settings(options: argparse.Namespace) -> None:
    for name, value in env.read_dotenv().items():
        os.environ.setdefault(name, value)
    if not (os.environ.get("BROADSHEET_URL") or os.environ.get("BROADSHEET_URL_FILE")):
        if sys.stdin.isatty() and not options.yes:
            for name, prompt in _PROMPTS:
                if not getattr(options, name):
                    setattr(options, name, _prompt(name, prompt))
        if not options.domain:
            raise env.StartupError("--domain: is required. For example: --domain=example.org")
    if options.domain:
        os.environ["BROADSHEET_URL"] = _site_url(options.domain)
    if options.mail_server:
        os.environ["EMAIL_URL"] = options.mail_server
    os.environ.setdefault("BROADSHEET_PROXIES", "1")
    options.data = options.data or os.environ.get("BROADSHEET_DATA") or _DEFAULT_DATA
    os.environ["BROADSHEET_DATA"] = options.data
    if options.dry_run and not Path(options.data).exists():
        # The output is rendered from a site, so create a temporary one.
        os.environ["BROADSHEET_DATA"] = _temporary_folder()


def _temporary_folder() -> str:
    """Return a new folder that is deleted when this process ends."""
    folder = tempfile.mkdtemp(prefix="broadsheet-trial-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def _site_url(domain: str) -> str:
    if "://" in domain:
        domain = domain.partition("://")[2]
    try:
        return setting_parsers.site_url(f"https://{domain}")
    except ValueError as error:
        raise env.StartupError(
            f"--domain: {domain!r} {error}. For example: --domain=example.org"
        ) from error


_VALIDATORS: dict[str, Callable[[str], str]] = {
    "domain": _site_url,
    "email": setting_parsers.text,
    "mail_server": setting_parsers.url("smtp", "smtps", "smtp+tls", "smtp+ssl"),
}


def _prompt(name: str, prompt: str) -> str:
    """Prompt until the answer is valid."""
    while True:
        answer = input(prompt).strip()
        if not answer and name == "domain":
            continue
        try:
            _VALIDATORS[name](answer)
        except (ValueError, env.StartupError) as error:
            sys.stdout.write(f"That {error}.\n")
        else:
            return answer
