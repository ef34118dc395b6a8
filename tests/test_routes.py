"""Who may do what: every address, method and role, as docs/permissions.md has it.

A route without a row fails, and so does a row without a route. Methods that a row does not name must
be refused to everyone.
"""

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
from broadsheet.posts import actions
from broadsheet.publication import actions as publication

TABLE = Path(__file__).resolve().parents[1] / "docs" / "permissions.md"
ROLES = ("stranger", "reader", "another_author", "author", "editor", "owner")
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
REFUSED = {301, 302, 400, 401, 403, 404, 405, 415, 428}
ADMIN = "admin/"


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
    redirect = publication.redirect("/old", "/new")
    return {
        "post": str(post.pk),
        "draft": str(draft.pk),
        "deleted": str(gone.pk),
        "invitation": str(invitation.pk),
        "token": str(token.pk),
        "redirect": str(redirect.pk),
        "reader": str(reader.pk),
        "user": str(author.pk),
        "claim": publication.claim_key(),
        "version": str(post.version),
        "year": str(now.year),
        "tag": str(post.tags.get().pk),
        "series": str(post.series_id),
    }


def answer(method: str, address: str, user: User | None) -> int:
    """Return the status of the answer; whatever the request did is undone."""
    client = Client(raise_request_exception=False)
    with transaction.atomic():
        if user is not None:
            client.force_login(user)
        response = client.generic(method, address)
        response.close()
        transaction.set_rollback(True)
    return response.status_code


def test_every_route_has_its_row_and_every_row_its_route() -> None:
    public = {route for route in ROUTES if not route.startswith(ADMIN)}
    assert public - set(ROWS) == set(), "routes without a row in docs/permissions.md"
    assert set(ROWS) - public == set(), "rows without a route"


@pytest.mark.parametrize("route", ROWS, ids=str)
def test_everybody_gets_what_the_table_says(
    route: str, world: dict[str, str], request: pytest.FixtureRequest
) -> None:
    row = ROWS[route]
    address = row.address.format(**world)
    wrong = []
    for n, role in enumerate(ROLES):
        user = None if role == "stranger" else request.getfixturevalue(role)
        for method in METHODS:
            got = answer(method, address, user)
            if method in row.answers:
                if got != row.answers[method][n]:
                    wrong.append(f"{role} {method} {address}: {got}, not {row.answers[method][n]}")
            elif got not in REFUSED:
                wrong.append(f"{role} {method} {address}: {got}, though no row allows it")
        if "GET" in row.answers and answer("HEAD", address, user) != row.answers["GET"][n]:
            wrong.append(f"{role} HEAD {address} differs from GET")
    assert wrong == []


def test_the_admin_is_the_owners_alone(
    world: dict[str, str], request: pytest.FixtureRequest
) -> None:
    addresses = {
        "/" + re.sub(r"<path:object_id>", world["post"], re.sub(r"<int:\w+>/<path:\w+>", "1/1", r))
        for r in ROUTES
        if r.startswith(ADMIN) and "(" not in r
    }
    assert len(addresses) > 40
    for role in ROLES[:-1]:
        user = None if role == "stranger" else request.getfixturevalue(role)
        for address in addresses:
            for method in ("GET", "POST"):
                assert answer(method, address, user) in {301, 302, 403, 404}, (role, address)
    owner = request.getfixturevalue("owner")
    opened = [answer("GET", address, owner) for address in addresses]
    assert opened.count(200) > len(addresses) / 3
    assert max(opened) < 500
