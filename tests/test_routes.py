"""Who may do what: every address, method and role, as docs/permissions.md has it.

A route without a row fails, and so does a row without a route. Methods that a row does not name
must be refused to everyone.
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

from broadsheet.accounts import actions as accounts
from broadsheet.accounts.models import User
from broadsheet.media import actions as media
from broadsheet.posts import actions
from broadsheet.publication import actions as publication
from broadsheet.transfer.models import ImportRun

TABLE = Path(__file__).resolve().parents[1] / "docs" / "permissions.md"
ROLES = ("anonymous", "reader", "another_author", "author", "editor", "owner")
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
REFUSED = {301, 302, 400, 401, 403, 404, 405, 415, 428}
ADMIN = "admin/"
GIF = bytes.fromhex("47494638396101000100800000000000ffffff2c00000000010001000002024401003b")


@dataclass
class Row:
    """What is expected at one address."""

    route: str
    address: str
    answers: dict[str, tuple[int, ...]] = field(default_factory=dict)


def rows() -> dict[str, Row]:
    """Read the table. Lines of a route after its first leave route and address empty."""
    found: dict[str, Row] = {}
    row = Row("", "")
    for line in TABLE.read_text().splitlines():
        cells = [cell.strip().strip("`") for cell in line.strip("|").split("|")]
        if len(cells) != 3 + len(ROLES) or cells[2] not in METHODS:
            continue
        route, address, method, *codes = cells
        if route:
            row = found.setdefault(route, Row(route, address))
        row.answers[method] = tuple(map(int, codes))
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
    """Return names for what stands in the addresses of the table."""
    now = timezone.now()
    post = actions.create(
        by=author, title="A post", tags=["jam"], series="Tea", status="published", pub_date=now
    )
    draft = actions.create(by=author, title="A draft")
    gone = actions.delete(actions.create(by=author, title="Gone"), by=author)
    actions.edit(draft, by=author, version=1, content="More")
    invitation, _secret = accounts.invite(by=owner)
    token, _key = accounts.create_token(author, name="t", scope="write", expires_at=None)
    redirect = publication.add_redirect("/old", "/new")
    image = media.upload(io.BytesIO(GIF), name="dot.gif", by=author)
    run = ImportRun.objects.create(author=owner, started_by=owner)
    return {
        "post": str(post.pk),
        "draft": str(draft.pk),
        "deleted": str(gone.pk),
        "invitation": str(invitation.pk),
        "token": str(token.pk),
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
    """Somebody who asks, and whose requests change nothing."""

    def __init__(self, user: User | None) -> None:
        self._client = Client(raise_request_exception=False)
        if user is not None:
            self._client.force_login(user)
        self._cookies = self._client.cookies.output()

    def ask(self, method: str, address: str) -> int:
        """Return the status of the answer."""
        self._client.cookies.clear()
        self._client.cookies.load(self._cookies.replace("Set-Cookie: ", ""))
        with transaction.atomic():
            response = self._client.generic(method, address)
            response.close()
            transaction.set_rollback(True)
        return response.status_code


@pytest.fixture
def visitors(world: dict[str, str], request: pytest.FixtureRequest) -> dict[str, Visitor]:
    """Return one visitor for each role."""
    people = {role: request.getfixturevalue(role) for role in ROLES[1:]}
    return {role: Visitor(people.get(role)) for role in ROLES}


def test_every_route_has_its_row_and_every_row_its_route() -> None:
    public = {route for route in ROUTES if not route.startswith(ADMIN)}
    assert public - set(ROWS) == set(), "routes without a row in docs/permissions.md"
    assert set(ROWS) - public == set(), "rows without a route"


@pytest.mark.slow
def test_everybody_gets_what_the_table_says(
    world: dict[str, str], visitors: dict[str, Visitor]
) -> None:
    wrong = []
    for row in ROWS.values():
        address = row.address.format(**world)
        for n, (role, visitor) in enumerate(visitors.items()):
            got = {method: visitor.ask(method, address) for method in METHODS}
            for method in METHODS:
                expected = {row.answers[method][n]} if method in row.answers else REFUSED
                if got[method] not in expected:
                    wrong.append(f"{role} {method} {address}: {got[method]}, not {expected}")
            if "GET" in row.answers and visitor.ask("HEAD", address) != got["GET"]:
                wrong.append(f"{role} HEAD {address} differs from GET")
    assert wrong == []


@pytest.mark.slow
def test_the_admin_is_the_owners_alone(world: dict[str, str], visitors: dict[str, Visitor]) -> None:
    addresses = {
        "/" + re.sub(r"<path:object_id>", world["post"], re.sub(r"<int:\w+>/<path:\w+>", "1/1", r))
        for r in ROUTES
        if r.startswith(ADMIN) and "(" not in r
    }
    assert len(addresses) > 40
    owner = visitors.pop("owner")
    wrong = [
        (role, method, address)
        for role, visitor in visitors.items()
        for address in addresses
        for method in ("GET", "POST")
        if visitor.ask(method, address) not in {301, 302, 403, 404}
    ]
    assert wrong == []
    opened = [owner.ask("GET", address) for address in addresses]
    assert opened.count(200) > 30, "owners get in"
    assert max(opened) < 500
