"""`broadsheet nginx`: a configuration that nginx accepts and that follows the settings."""

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
    """Create a certificate, and return the options to use it."""
    if shutil.which("openssl") is None:
        pytest.skip("needs openssl")
    key, cert = str(folder / "key.pem"), str(folder / "cert.pem")
    command = [
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
    subprocess.run([*command, "-keyout", key, "-out", cert], check=True, capture_output=True)
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
def test_nginx_accepts_the_configuration(
    prepared: Path, tmp_path: Path, chosen: dict[str, str]
) -> None:
    nginx.skip_if_missing()
    options = certificate(tmp_path)
    checked = nginx.check(
        nginx.write_configuration(tmp_path / "nginx", prepared, *options, **chosen)
    )
    assert checked.returncode == 0, checked.stderr
    assert "syntax is ok" in checked.stderr
    assert "warn" not in checked.stderr.replace('the "user" directive', ""), checked.stderr


@pytest.mark.slow
def test_the_configuration_follows_the_settings(prepared: Path) -> None:
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
    assert "ssl" not in behind, "the proxy in front of it terminates TLS"


@pytest.mark.prove
def test_the_configuration_can_have_several_nodes(prepared: Path, tmp_path: Path) -> None:
    nginx.skip_if_missing()
    nodes = ("--node=10.0.0.2:8000", "--node=[fd00::3]:8000", "--node=web-3.internal:8001")
    site = {"BROADSHEET_URL": "http://127.0.0.1:8859", "BROADSHEET_PROXIES": "1"}
    printed = run(prepared, "nginx", *nodes[:2], **site).stdout
    assert printed.count(" max_fails=0;") == 2
    assert "    server [fd00::3]:8000 max_fails=0;" in printed
    assert "http_503" in printed
    accepted = nginx.check(
        nginx.write_configuration(tmp_path / "nginx", prepared, *nodes[:2], **site)
    )
    assert accepted.returncode == 0, accepted.stderr
    refused = run(prepared, "nginx", "--node=10.0.0.2;", **site)
    assert refused.returncode == 2
    assert "For example: --node=10.0.0.2:8000" in refused.stderr
    assert "web-3.internal:8001 max_fails=0;" in run(prepared, "nginx", *nodes, **site).stdout


class OldNode(BaseHTTPRequestHandler):
    """A node without the files of the newer version."""

    status = 404

    def do_GET(self) -> None:
        self.send_response(self.status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_args: object) -> None:
        """Log nothing."""


class NewNode(OldNode):
    """A node with them."""

    status = 200


@pytest.mark.slow
@pytest.mark.server("nginx")
def test_a_static_file_is_fetched_from_the_node_that_has_it(prepared: Path, tmp_path: Path) -> None:
    nginx.skip_if_missing()
    port = free_port()
    site = {"BROADSHEET_URL": f"http://127.0.0.1:{port}", "BROADSHEET_PROXIES": "1"}
    with (
        ThreadingHTTPServer(("127.0.0.1", 0), OldNode) as old,
        ThreadingHTTPServer(("127.0.0.1", 0), NewNode) as new,
    ):
        for server in (old, new):
            threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        nodes = [f"--node=127.0.0.1:{server.server_port}" for server in (old, new)]
        configuration = nginx.write_configuration(tmp_path / "nginx", prepared, *nodes, **site)
        with nginx.running(configuration, port):
            found = {fetch(port, "/static/site.0123456789ab.css")[0] for _ in range(4)}
            pages = {fetch(port, "/gone")[0] for _ in range(4)}
        for server in (old, new):
            server.shutdown()
    assert (found, pages) == ({200}, {200, 404})


@pytest.mark.slow
def test_a_missing_number_of_proxies_is_reported_in_one_line(prepared: Path) -> None:
    result = run(prepared, "nginx", BROADSHEET_URL="https://example.org")
    assert result.returncode == 2
    assert result.stdout == ""
    assert result.stderr.startswith("broadsheet: BROADSHEET_PROXIES: ")
    assert "For example: BROADSHEET_PROXIES=1" in result.stderr
    assert len(result.stderr.splitlines()) == 1


@pytest.mark.slow
def test_a_data_folder_that_nginx_cannot_quote_is_rejected(tmp_path: Path) -> None:
    data = tmp_path / "a$b"
    set_up(data)
    result = run(data, "nginx", **HTTPS)
    assert result.returncode == 2
    assert "dollar sign" in result.stderr


@pytest.mark.slow
def test_a_setting_of_earlier_versions_is_rejected_with_advice(tmp_path: Path) -> None:
    result = run(tmp_path / "data", "check", BROADSHEET_FRONT_FILES="yes")
    assert result.returncode == 2
    assert result.stderr.startswith("broadsheet: BROADSHEET_FRONT_FILES: no longer a setting.")
    assert "`broadsheet nginx`" in result.stderr
