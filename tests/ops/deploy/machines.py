"""A machine to install on: it has this machine's files, and discards all changes to them.

It has its own network and its own processes, which end with it. There is no systemd; `systemctl.py`
replaces it. Certificates are issued by Pebble, Let's Encrypt's test server.
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
        """Run a command as root and wait until it ends."""
        variables = [f"{name}={value}" for name, value in more.items()]
        return subprocess.run(
            [*self._enter, *variables, *command],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            umask=0o022,
        )

    def output(self, *command: str) -> str:
        """Run a command that must succeed, and return its output."""
        done = self.run(*command)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def write(self, path: str, text: str, mode: str = "0644") -> None:
        """Write a file."""
        self.output("install", "-D", "-m", mode, "/dev/null", path)
        self.output(sys.executable, "-c", f"open({path!r}, 'w').write({text!r})")

    def fetch(self, url: str) -> tuple[int, str]:
        """Return the status of a response and its text, or the URL that it redirects to."""
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
        status, _space, text = self.output(sys.executable, "-c", code, url).partition(" ")
        logs = ["/var/log/broadsheet.service.log", "/var/log/nginx/error.log"]
        assert int(status) < 500, f"{status}\n{self.run('tail', '-n', '60', *logs).stdout}"
        return int(status), text.strip()

    def start_pebble(self) -> None:
        """Start Pebble, from which certbot requests certificates."""
        command = "openssl req -x509 -newkey rsa:2048 -nodes -subj /CN=localhost".split()
        self.output(*command, "-keyout", "/etc/pebble.key", "-out", "/etc/pebble.pem")
        self.write("/etc/pebble.json", json.dumps({"pebble": _PEBBLE}))
        start = (
            "PEBBLE_VA_NOSLEEP=1 PEBBLE_WFE_NONCEREJECT=0 setsid pebble -config /etc/pebble.json"
        )
        self.output("bash", "-c", f"{start} >/var/log/pebble 2>&1 </dev/null &")
        listens = "import socket; socket.create_connection(('127.0.0.1', 14000))"
        wait_for(lambda: self.run(sys.executable, "-c", listens).returncode == 0, "Pebble")


@contextmanager
def machine(folder: Path) -> Iterator[Machine]:
    """Run a machine; skip the test if a required program is missing."""
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
                pytest.skip(f"needs an overlay file system: {process.stderr.read()}")
            created = Machine(process)
            _prepare(created)
            yield created
        finally:
            process.kill()


def _prepare(created: Machine) -> None:
    python = Path(sys.executable).resolve()
    for path in {*ROOT.parents, *Path(sys.prefix).parents, *python.parents}:
        created.output("chmod", "o+x", str(path))  # for the service's user
    created.output("touch", f"{sys.prefix}/.installed-base")  # nothing can be downloaded
    created.write("/etc/hosts", f"127.0.0.1 localhost {DOMAIN}\n")
    created.write(
        "/etc/letsencrypt/cli.ini", "server = https://localhost:14000/dir\nno-verify-ssl = true\n"
    )
    created.write(
        "/usr/local/sbin/systemctl", (ROOT / "tests/ops/deploy/systemctl.py").read_text(), "0755"
    )
    created.output("mkdir", "-p", "/run/systemd/system")
    nginx_files = (
        "/etc/nginx/sites-enabled/default",
        "/run/nginx.pid",
        "/var/cache/nginx-broadsheet",
    )
    created.output("rm", "-rf", *nginx_files)  # of this machine's own nginx
