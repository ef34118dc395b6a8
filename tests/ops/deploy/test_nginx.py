"""`broadsheet nginx`: a configuration that nginx takes, made from the settings."""

import shutil
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.ops import nginx
from tests.ops.processes import fetch, free_port, run, set_up

CURVE = ("-pkeyopt", "ec_paramgen_curve:prime256v1")
HTTPS = {"BROADSHEET_URL": "https://example.org", "BROADSHEET_PROXIES": "1"}


def certificate(folder: Path) -> tuple[str, ...]:
    """Make a certificate, and return the options that name it."""
    if shutil.which("openssl") is None:
        pytest.skip("needs openssl")
    key, cert = str(folder / "key.pem"), str(folder / "cert.pem")
    what = [
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "ec",
        *CURVE,
        "-nodes",
        "-subj",
        "/CN=example.org",
    ]
    subprocess.run([*what, "-keyout", key, "-out", cert], check=True, capture_output=True)
    return "--certificate", cert, "--key", key


@pytest.mark.slow
@pytest.mark.server("nginx")
@pytest.mark.parametrize(
    "chosen",
    [
        HTTPS,
        {**HTTPS, "BROADSHEET_PROXIES": "2", "HOST": "::1", "PORT": "8001"},
        {**HTTPS, "ALLOWED_HOSTS": "www.example.org,example.com"},
        {"BROADSHEET_URL": "http://127.0.0.1:8859", "BROADSHEET_PROXIES": "1"},
        {**HTTPS, "BROADSHEET_CDN_PURGE_URL": "https://api.example/purge"},
    ],
)
def test_nginx_takes_what_is_printed(
    prepared: Path, tmp_path: Path, chosen: dict[str, str]
) -> None:
    nginx.needed()
    options = certificate(tmp_path)
    read = nginx.accepts(nginx.configured(tmp_path / "nginx", prepared, *options, **chosen))
    assert read.returncode == 0, read.stderr
    assert "syntax is ok" in read.stderr
    assert "warn" not in read.stderr.replace('the "user" directive', ""), read.stderr


@pytest.mark.slow
def test_it_follows_the_settings(prepared: Path) -> None:
    more = {**HTTPS, "PORT": "8123", "BROADSHEET_UPLOAD_MAX_BYTES": "50000000"}
    printed = run(prepared, "nginx", **more).stdout
    assert printed.count("server 127.0.0.1:8123 max_fails=0;") == 2
    assert "server_name example.org;" in printed
    assert "client_max_body_size 52m;" in printed
    assert "listen 443 ssl" in printed
    assert "proxy_set_header X-Forwarded-Proto $scheme;" in printed
    assert "Strict-Transport-Security" in printed
    behind = run(prepared, "nginx", **{**more, "BROADSHEET_PROXIES": "2"}).stdout
    assert "proxy_set_header X-Forwarded-Proto $http_x_forwarded_proto;" in behind
    assert "ssl" not in behind, "the proxy before it speaks TLS"


@pytest.mark.slow
def test_several_machines_answer_in_turn(prepared: Path, tmp_path: Path) -> None:
    nginx.needed()
    nodes = ("--node=10.0.0.2:8000", "--node=[fd00::3]:8000", "--node=web-3.internal:8001")
    site = {"BROADSHEET_URL": "http://127.0.0.1:8859", "BROADSHEET_PROXIES": "1"}
    printed = run(prepared, "nginx", *nodes[:2], **site).stdout
    assert printed.count(" max_fails=0;") == 2
    assert "    server [fd00::3]:8000 max_fails=0;" in printed
    assert "http_503" in printed
    accepted = nginx.accepts(nginx.configured(tmp_path / "nginx", prepared, *nodes[:2], **site))
    assert accepted.returncode == 0, accepted.stderr
    refused = run(prepared, "nginx", "--node=10.0.0.2;", **site)
    assert refused.returncode == 2
    assert "For example: --node=10.0.0.2:8000" in refused.stderr
    assert "web-3.internal:8001 max_fails=0;" in run(prepared, "nginx", *nodes, **site).stdout


class Old(BaseHTTPRequestHandler):
    """A node that has no file of the newer version."""

    status = 404

    def do_GET(self) -> None:
        self.send_response(self.status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_said: object) -> None:
        """Say nothing."""


class New(Old):
    """A node that has it."""

    status = 200


@pytest.mark.slow
@pytest.mark.server("nginx")
def test_a_static_file_that_only_another_machine_has_is_fetched_there(
    prepared: Path, tmp_path: Path
) -> None:
    nginx.needed()
    port = free_port()
    site = {"BROADSHEET_URL": f"http://127.0.0.1:{port}", "BROADSHEET_PROXIES": "1"}
    with (
        ThreadingHTTPServer(("127.0.0.1", 0), Old) as old,
        ThreadingHTTPServer(("127.0.0.1", 0), New) as new,
    ):
        for server in (old, new):
            threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        nodes = [f"--node=127.0.0.1:{server.server_port}" for server in (old, new)]
        written = nginx.configured(tmp_path / "nginx", prepared, *nodes, **site)
        with nginx.running(written, port):
            found = {fetch(port, "/static/site.0123456789ab.css")[0] for _ in range(4)}
            pages = {fetch(port, "/gone")[0] for _ in range(4)}
        for server in (old, new):
            server.shutdown()
    assert (found, pages) == ({200}, {200, 404})


def test_without_a_counted_proxy_it_is_refused_in_one_line(prepared: Path) -> None:
    answer = run(prepared, "nginx", BROADSHEET_URL="https://example.org")
    assert answer.returncode == 2
    assert answer.stdout == ""
    assert answer.stderr.startswith("broadsheet: BROADSHEET_PROXIES: ")
    assert "For example: BROADSHEET_PROXIES=1" in answer.stderr
    assert len(answer.stderr.splitlines()) == 1


@pytest.mark.slow
def test_a_folder_that_nginx_cannot_be_told_is_refused(tmp_path: Path) -> None:
    data = tmp_path / "a$b"
    set_up(data)
    answer = run(data, "nginx", **HTTPS)
    assert answer.returncode == 2
    assert "dollar sign" in answer.stderr


def test_the_setting_of_earlier_versions_is_refused_with_what_to_do(tmp_path: Path) -> None:
    answer = run(tmp_path / "data", "check", BROADSHEET_FRONT_FILES="yes")
    assert answer.returncode == 2
    assert answer.stderr.startswith("broadsheet: BROADSHEET_FRONT_FILES: no longer a setting.")
    assert "`broadsheet nginx`" in answer.stderr
