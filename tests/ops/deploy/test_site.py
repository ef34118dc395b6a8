"""A site behind nginx with TLS, as `broadsheet deploy` sets both up."""

import re
import socket
import ssl
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.ops import nginx
from tests.ops.processes import Server, free_port, run, set_up

pytestmark = [pytest.mark.server("nginx"), pytest.mark.slow]
PASSWORD = "correct horse battery staple"


def certificate(folder: Path, days: int = 30) -> tuple[str, str]:
    """Create a self-signed certificate for localhost; return the paths of it and of its key."""
    key, cert = str(folder / "key.pem"), str(folder / "cert.pem")
    command = "openssl req -x509 -newkey rsa:2048 -nodes -subj /CN=localhost".split()
    command += ["-addext", "subjectAltName=DNS:localhost", "-days", str(days)]
    subprocess.run([*command, "-keyout", key, "-out", cert], check=True, capture_output=True)
    return cert, key


@pytest.fixture
def site(tmp_path: Path, start: Callable[..., Server]) -> Iterator[tuple[str, Server]]:
    """The URL of a site that is not claimed yet, and its server."""
    nginx.skip_if_missing()
    data, port, behind = tmp_path / "data", free_port(), free_port()
    url = f"https://localhost:{port}"
    settings = {"BROADSHEET_URL": url, "BROADSHEET_PROXIES": "1", "PORT": str(behind)}
    set_up(data)
    cert, key = certificate(tmp_path)
    root = tmp_path / "machine"
    files = f"--root={root}", f"--certificate={cert}", f"--key={key}"
    done = run(data, "deploy", *files, **settings)
    assert done.returncode == 0, done.stderr
    server = start("broadsheet", "serve", data=data, port=behind, **settings)
    written = (root / "etc/nginx/conf.d/broadsheet.conf").read_text()
    configuration = written.replace("/var/log/broadsheet", str(tmp_path))
    configuration = configuration.replace("listen 80;", f"listen {free_port()};")
    with nginx.running(nginx.write_configuration_with(tmp_path / "nginx", configuration), port):
        yield url, server


def test_an_owner_can_claim_the_site_and_stays_logged_in(
    site: tuple[str, Server], browser: Browser
) -> None:
    url, server = site
    link = re.search(rf"{url}/\S+", server.log.read_text().split("claim", 1)[1])
    assert link, server.log.read_text()
    context = browser.new_context(ignore_https_errors=True)
    page = context.new_page()
    page.goto(link[0])
    page.get_by_label("Name of the site").fill("The River Times")
    page.get_by_label("Username").fill("olivia")
    page.get_by_label("E-mail address").fill("olivia@example.org")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Set up the site").click()
    page.wait_for_url("**/studio")
    cookies = {cookie["name"]: cookie for cookie in context.cookies()}
    assert cookies["sessionid"]["secure"]
    response = page.goto(url)
    assert response
    assert "max-age=" in response.headers["strict-transport-security"]
    assert page.get_by_role("link", name="The River Times").first.is_visible()
    context.close()


def test_the_site_is_served_over_http_2(site: tuple[str, Server]) -> None:
    port = int(site[0].rpartition(":")[2])
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.set_alpn_protocols(["h2", "http/1.1"])
    with (
        socket.create_connection(("localhost", port)) as plain,
        context.wrap_socket(plain, server_hostname="localhost") as connection,
    ):
        assert connection.selected_alpn_protocol() == "h2"
