"""A machine to install on: this one's files, in which nothing that is written stays.

Its network is its own, and so are its processes, which end with it. What is missing is systemd, for
which `systemctl.py` stands in. Certificates are given by Pebble, Let's Encrypt's server for tests.
"""

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.ops.processes import ROOT, wait_for

DOMAIN = "blog.example.org"
_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_BEGIN = """
set -eu
mount -t tmpfs tmpfs "$1"
mkdir "$1/upper" "$1/work" "$1/machine"
mount -t overlay overlay -o "lowerdir=/,upperdir=$1/upper,workdir=$1/work" "$1/machine"
mount -t proc proc "$1/machine/proc"
mount --rbind /dev "$1/machine/dev"
ip link set lo up
echo begun
exec chroot "$1/machine" sleep infinity
"""
_PEBBLE = {
    "listenAddress": "127.0.0.1:14000",
    "managementListenAddress": "127.0.0.1:15000",
    "certificate": "/etc/pebble.pem",
    "privateKey": "/etc/pebble.key",
    "httpPort": 80,
    "tlsPort": 443,
}


class Machine:
    """A machine that runs as long as `process`."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
        self._enter = ["nsenter", f"--target={children.read_text().strip()}"]
        self._enter += ["--mount", "--net", "--pid", "--root", "--wd", "env", "-i"]
        self._enter += [f"PATH={_PATH}", "HOME=/root", "LANG=C.UTF-8"]

    def run(self, *command: str, **more: str) -> subprocess.CompletedProcess[str]:
        """Run a command as root to its end."""
        variables = [f"{name}={value}" for name, value in more.items()]
        return subprocess.run(
            [*self._enter, *variables, *command],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            umask=0o022,
        )

    def does(self, *command: str) -> str:
        """Return what a command says that cannot fail."""
        done = self.run(*command)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def write(self, path: str, text: str, mode: str = "0644") -> None:
        """Write a file."""
        self.does("install", "-D", "-m", mode, "/dev/null", path)
        self.does(sys.executable, "-c", f"open({path!r}, 'w').write({text!r})")

    def fetch(self, url: str) -> tuple[int, str]:
        """Return the status of an answer and its text, or where it leads."""
        code = (
            "import http.client, ssl, sys, urllib.parse\n"
            "url = urllib.parse.urlsplit(sys.argv[1])\n"
            "kinds = {'https': http.client.HTTPSConnection, 'http': http.client.HTTPConnection}\n"
            "tls = {'context': ssl._create_unverified_context()} if url.scheme == 'https' else {}\n"
            "line = kinds[url.scheme](url.netloc, **tls)\n"
            "line.request('GET', url.path or '/')\n"
            "answer = line.getresponse()\n"
            "print(answer.status, answer.headers.get('Location') or answer.read().decode())"
        )
        status, _space, text = self.does(sys.executable, "-c", code, url).partition(" ")
        return int(status), text.strip()

    def begin_giving_certificates(self) -> None:
        """Start Pebble, and let certbot ask it."""
        made = "openssl req -x509 -newkey rsa:2048 -nodes -subj /CN=localhost".split()
        self.does(*made, "-keyout", "/etc/pebble.key", "-out", "/etc/pebble.pem")
        self.write("/etc/pebble.json", json.dumps({"pebble": _PEBBLE}))
        start = (
            "PEBBLE_VA_NOSLEEP=1 PEBBLE_WFE_NONCEREJECT=0 setsid pebble -config /etc/pebble.json"
        )
        self.does("bash", "-c", f"{start} >/var/log/pebble 2>&1 </dev/null &")
        listens = "import socket; socket.create_connection(('127.0.0.1', 14000))"
        wait_for(lambda: self.run(sys.executable, "-c", listens).returncode == 0, "Pebble")


@contextmanager
def machine(folder: Path) -> Iterator[Machine]:
    """Run a machine; skips the test where this one has not what that takes."""
    for program in ("unshare", "nsenter", "ip", "nginx", "certbot", "pebble", "openssl"):
        if shutil.which(program) is None:
            pytest.skip(f"needs {program}")
    command = ["unshare", "--mount", "--net", "--pid", "--fork", "--kill-child", "bash", "-c"]
    with subprocess.Popen(
        [*command, _BEGIN, "machine", str(folder)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        umask=0o022,
    ) as process:
        assert process.stdout
        assert process.stderr
        try:
            if process.stdout.readline() != "begun\n":
                pytest.skip(f"needs an overlay over all files: {process.stderr.read()}")
            made = Machine(process)
            _furnish(made)
            yield made
        finally:
            process.kill()


def _furnish(made: Machine) -> None:
    python = Path(sys.executable).resolve()
    for path in {*ROOT.parents, *Path(sys.prefix).parents, *python.parents}:
        made.does("chmod", "o+x", str(path))  # the service is another user than we are
    made.does("touch", f"{sys.prefix}/.installed-base")  # nothing can be fetched
    made.write("/etc/hosts", f"127.0.0.1 localhost {DOMAIN}\n")
    made.write(
        "/etc/letsencrypt/cli.ini", "server = https://localhost:14000/dir\nno-verify-ssl = true\n"
    )
    made.write(
        "/usr/local/sbin/systemctl", (ROOT / "tests/ops/deploy/systemctl.py").read_text(), "0755"
    )
    made.does("mkdir", "-p", "/run/systemd/system")
    made.does("rm", "-rf", "/etc/nginx/sites-enabled/default", "/run/nginx.pid")
