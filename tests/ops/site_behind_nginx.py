"""A real nginx in front of a real `broadsheet serve`."""

import contextlib
import gzip
import http.client
import json
import shutil
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.ops import nginx
from tests.ops.processes import Server, free_port, is_listening, run, set_up, wait_for

SEED = """
import datetime as dt
from broadsheet.accounts import actions as accounts
from broadsheet.accounts.models import Role, User
from broadsheet.posts import actions
from broadsheet.publication.models import Site
Site.objects.get_or_create(id=1, defaults={"name": "The Daily Test"})
owner = User.objects.create(username="olivia", email="o@example.org", role=Role.OWNER)
def publish(title, **fields):
    when = dt.datetime(2026, 6, 1, tzinfo=dt.UTC)
    fields = {"title": title, "status": "published", "pub_date": when, **fields}
    return actions.create(by=owner, **fields)
publish("Beside it", content="word " * 500, tags=["tests"])
publish("記事", slug="記事", content="x")
post = publish("Version 0", slug="story", content="word " * 500, tags=["tests"])
token = accounts.create_token(owner, name="t", scope="write", expires_at=None)[1]
print(post.pk, token)
"""


@dataclass(frozen=True, slots=True)
class Response:
    """A response: its status, headers with names in lower case, and the body as received."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def text(self) -> bytes:
        """The decompressed body."""
        is_zipped = self.headers.get("content-encoding") == "gzip"
        return gzip.decompress(self.body) if is_zipped else self.body


def send_request(
    port: int, path: str, method: str = "GET", body: str = "", **headers: str
) -> Response:
    """Request `path` unchanged, with headers whose names have underscores for hyphens."""
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=60)) as connection:
        connection.putrequest(method, path, skip_host="host" in headers, skip_accept_encoding=True)
        if body:
            headers["content_length"] = str(len(body))
        for name, value in headers.items():
            connection.putheader(name.replace("_", "-"), value)
        connection.endheaders(body.encode() or None)
        response = connection.getresponse()
        content = response.read()
    return Response(response.status, {n.lower(): v for n, v in response.getheaders()}, content)


@dataclass
class SiteBehindNginx:
    """A site: nginx on `port`, the application on `behind`, with the settings `more`."""

    data: Path
    post: str = ""
    token: str = ""
    port: int = field(default_factory=free_port)
    behind: int = field(default_factory=free_port)
    more: dict[str, str] = field(default_factory=dict)
    server: Server | None = None

    def __post_init__(self) -> None:
        self.more = {
            "BROADSHEET_URL": f"http://127.0.0.1:{self.port}",
            "BROADSHEET_PROXIES": "1",
            "BROADSHEET_API_PER_MINUTE": "0",
            "BROADSHEET_WORKER": "no",  # late jobs would change pages, too
            "PORT": str(self.behind),
        }

    def copy(self, name: str) -> "SiteBehindNginx":
        """Return an independent site with the same posts; this one must not have been started."""
        data = self.data.parent / name / "data"
        shutil.copytree(self.data, data)
        return SiteBehindNginx(data, self.post, self.token)

    @property
    def cache_folder(self) -> Path:
        """The folder of nginx's cache."""
        return self.data.parent / "nginx" / "copies"

    @property
    def host(self) -> str:
        """The `Host` header that browsers send."""
        return f"127.0.0.1:{self.port}"

    def run(self, *command: str) -> str:
        """Run a `broadsheet` command on the site, and return its output."""
        done = run(self.data, *command, **self.more)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def shell(self, code: str) -> str:
        """Run Python on the site."""
        return self.run("shell", "--no-imports", "--command", code)

    def seed(self) -> None:
        """Set up the site with three posts."""
        set_up(self.data)
        self.post, self.token = self.shell(SEED).split()

    def start(self) -> None:
        """Start the application."""
        command = ["broadsheet", "serve"]
        self.server = Server.start(self.data, command, self.behind, **self.more)
        wait_for(self._is_up, "the site")

    def _is_up(self) -> bool:
        """Whether it responds; a killed one may still be closing the port."""
        with contextlib.suppress(OSError):
            return send_request(self.behind, "/healthz").status == 200
        return False

    def stop(self) -> None:
        """Stop the application cleanly."""
        assert self.server is not None
        self.server.stop()
        wait_for(lambda: not is_listening(self.behind), "the port to be free")

    def kill(self) -> None:
        """Kill all of the application's processes at once."""
        if self.server is not None:
            self.server.kill()

    def get(self, path: str, **headers: str) -> Response:
        """Request `path` from nginx."""
        return send_request(self.port, path, **headers)

    def directly(self, path: str, method: str = "GET", **headers: str) -> Response:
        """Request `path` from the application, as nginx does."""
        return send_request(self.behind, path, method, host=self.host, **headers)

    def edit(self, **fields: object) -> Response:
        """Change the post through the API."""
        return send_request(
            self.port,
            f"/api/v1/posts/{self.post}",
            "PATCH",
            json.dumps(fields),
            authorization=f"Bearer {self.token}",
            content_type="application/json",
            if_match="*",
        )


@contextmanager
def running(site: SiteBehindNginx, **more: str) -> Iterator[SiteBehindNginx]:
    """Run a site behind nginx, with the settings `more`, until the block ends."""
    nginx.skip_if_missing()
    site.more |= more
    configuration = nginx.write_configuration(site.data.parent / "nginx", site.data, **site.more)
    try:
        site.start()
        with nginx.running(configuration, site.port):
            yield site
    finally:
        site.kill()
