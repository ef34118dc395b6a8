"""Permissions: every URL, method and role, as in docs/permissions.md.

A route without a row fails, and so does a row without a route. Methods that are not in the table
must be rejected for all roles.
"""

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils import timezone
from pytest_django import Settings

from broadsheet.accounts import actions as accounts
from broadsheet.accounts.models import User
from broadsheet.media import actions as media
from broadsheet.posts import actions
from broadsheet.publication import actions as publication
from broadsheet.transfer.models import ImportRun

TABLE = Path(__file__).resolve().parents[1] / "docs" / "permissions.md"
ROLES = ("anonymous", "reader", "another_author", "author", "editor", "owner")
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
REJECTED = {301, 302, 400, 401, 403, 404, 405, 415, 428}
ADMIN = "admin/"
GIF = bytes.fromhex("47494638396101000100800000000000ffffff2c00000000010001000002024401003b")


@dataclass
class Row:
    """The expected status codes of one URL."""

    route: str
    url: str
    status_codes: dict[str, tuple[int, ...]] = field(default_factory=dict)


def rows() -> dict[str, Row]:
    """Read the table. Lines of a route after its first one leave route and URL empty."""
    found: dict[str, Row] = {}
    row = Row("", "")
    for line in TABLE.read_text().splitlines():
        cells = [cell.strip().strip("`") for cell in line.strip("|").split("|")]
        if len(cells) != 3 + len(ROLES) or cells[2] not in METHODS:
            continue
        route, url, method, *codes = cells
        if route:
            row = found.setdefault(route, Row(route, url))
        row.status_codes[method] = tuple(map(int, codes))
    return found


def routes(patterns: list[URLPattern | URLResolver], before: str = "") -> Iterator[str]:
    """Yield every route of the URL configuration."""
    for pattern in patterns:
        route = before + str(pattern.pattern).replace("|", "\\|") or "/"
        if isinstance(pattern, URLResolver):
            yield from routes(pattern.url_patterns, route if route != "/" else "")
        else:
            yield route


ROUTES = list(routes(get_resolver().url_patterns))
ROWS = rows()


@pytest.fixture
def world(
    owner: User, editor: User, author: User, another_author: User, reader: User
) -> dict[str, str]:
    """Return values for the placeholders in the URLs of the table."""
    now = timezone.now()
    post = actions.create(
        by=author, title="A post", tags=["jam"], series="Tea", status="published", pub_date=now
    )
    draft = actions.create(by=author, title="A draft")
    deleted = actions.delete(actions.create(by=author, title="Gone"), by=author)
    actions.edit(draft, by=author, version=1, content="More")
    invitation, _secret = accounts.invite(by=owner)
    link, preview_token = actions.create_preview_link(draft, by=author)
    token, _key = accounts.create_token(author, name="t", scope="write", expires_at=None)
    redirect = publication.add_redirect("/old", "/new")
    image = media.upload(io.BytesIO(GIF), name="dot.gif", by=author)
    run = ImportRun.objects.create(author=owner, started_by=owner)
    bulk = actions.create_bulk_change([draft.pk], by=author, verb="delete")
    return {
        "bulk": str(bulk.pk),
        "post": str(post.pk),
        "draft": str(draft.pk),
        "deleted": str(deleted.pk),
        "invitation": str(invitation.pk),
        "token": str(token.pk),
        "link": str(link.pk),
        "preview_token": preview_token,
        "redirect": str(redirect.pk),
        "reader": str(reader.pk),
        "user": str(author.pk),
        "claim": publication.setup_key(),
        "version": str(post.version),
        "year": str(now.year),
        "month": str(now.month),
        "year_month": f"{now:%Y-%m}",
        "tag": str(post.tags.get().pk),
        "series": str(post.series_id),
        "post_hex": post.pk.hex,
        "image": str(image.pk),
        "image_file": str(image.file.name),
        "run": str(run.pk),
    }


class Visitor:
    """A client whose requests are rolled back."""

    def __init__(self, user: User | None) -> None:
        self._client = Client(raise_request_exception=False)
        if user is not None:
            self._client.force_login(user)
        self._cookies = self._client.cookies.output()

    def request(self, method: str, url: str) -> int:
        """Send a request and return the status code of the response."""
        self._client.cookies.clear()
        self._client.cookies.load(self._cookies.replace("Set-Cookie: ", ""))
        with transaction.atomic():
            response = self._client.generic(method, url)
            response.close()
            transaction.set_rollback(True)
        return response.status_code


@pytest.fixture
def visitors(
    world: dict[str, str], request: pytest.FixtureRequest, settings: Settings
) -> dict[str, Visitor]:
    """Return one visitor for each role, without rate limits."""
    rates = dict.fromkeys(settings.REST_FRAMEWORK["DEFAULT_THROTTLE_RATES"])
    settings.REST_FRAMEWORK = {**settings.REST_FRAMEWORK, "DEFAULT_THROTTLE_RATES": rates}
    users = {role: request.getfixturevalue(role) for role in ROLES[1:]}
    return {role: Visitor(users.get(role)) for role in ROLES}


def test_every_route_has_a_row_and_every_row_a_route() -> None:
    public = {route for route in ROUTES if not route.startswith(ADMIN)}
    assert public - set(ROWS) == set(), "routes without a row in docs/permissions.md"
    assert set(ROWS) - public == set(), "rows without a route"


@pytest.mark.slow
def test_each_role_gets_the_status_codes_of_the_table(
    world: dict[str, str], visitors: dict[str, Visitor]
) -> None:
    wrong = []
    for row in ROWS.values():
        url = row.url.format(**world)
        for n, (role, visitor) in enumerate(visitors.items()):
            got = {method: visitor.request(method, url) for method in METHODS}
            for method in METHODS:
                expected = {row.status_codes[method][n]} if method in row.status_codes else REJECTED
                if got[method] not in expected:
                    wrong.append(f"{role} {method} {url}: {got[method]}, not {expected}")
            if "GET" in row.status_codes and visitor.request("HEAD", url) != got["GET"]:
                wrong.append(f"{role} HEAD {url} differs from GET")
    assert wrong == []


@pytest.mark.slow
def test_only_owners_can_use_the_admin(world: dict[str, str], visitors: dict[str, Visitor]) -> None:
    urls = {
        "/" + re.sub(r"<path:object_id>", world["post"], re.sub(r"<int:\w+>/<path:\w+>", "1/1", r))
        for r in ROUTES
        if r.startswith(ADMIN) and "(" not in r
    }
    assert len(urls) > 40
    owner = visitors.pop("owner")
    wrong = [
        (role, method, url)
        for role, visitor in visitors.items()
        for url in urls
        for method in ("GET", "POST")
        if visitor.request(method, url) not in {301, 302, 403, 404}
    ]
    assert wrong == []
    status_codes = [owner.request("GET", url) for url in urls]
    assert status_codes.count(200) > 30, "owners get in"
    assert max(status_codes) < 500
