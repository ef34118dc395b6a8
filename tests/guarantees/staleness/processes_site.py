"""A site with an owner and several writers, created before its servers start."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.guarantees.staleness.processes_world import Post, Tag, World
from tests.ops.processes import run, set_up

_SEED = """
import datetime as dt, json, sys
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from broadsheet.accounts import actions as accounts
from broadsheet.accounts.models import Role, User
from broadsheet.posts import actions
from broadsheet.posts.models import Series, Tag
from broadsheet.publication.actions import edit_site

def token(user):
    return accounts.create_token(user, name="t", scope="write", expires_at=None)[1]

def create_user(name, role):
    return User.objects.create_user(name, f"{name}@example.org", role=role)

owner = create_user("olivia", Role.OWNER)
edit_site(name="Proof qaz0v1q")
session = SessionStore()
session[SESSION_KEY] = str(owner.pk)
session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
session[HASH_SESSION_KEY] = owner.get_session_auth_hash()
session.create()
site = {"token": token(owner), "session": session.session_key, "id": str(owner.pk), "writers": []}
for place, letter in enumerate("LETTERS"):
    mark = lambda what, number=1: f"q{letter}{what}v{number}q"
    author = create_user(mark("n0"), Role.AUTHOR)
    accounts.edit_profile(author, display_name=mark("u0"))
    tags = [Tag.objects.create(name=mark(f"g{n}"), slug=mark(f"h{n}")) for n in range(2)]
    series = Series.objects.create(name=mark("g9"), slug=mark("h9"))
    posts = [
        actions.create(by=owner, authors=[author], title=mark(f"t{n}"), content=mark(f"b{n}"),
                       slug=mark(f"s{n}"), tags=[tags[n % 2].slug],
                       series=series.slug if n % 2 else "",
                       pub_date=dt.datetime(2026, 1, 1 + n, place, tzinfo=dt.UTC))
        for n in range(POSTS)
    ]
    site["writers"].append({
        "letter": letter, "author_id": str(author.pk), "author_token": token(author),
        "posts": [str(post.pk) for post in posts],
        "tags": [str(tag.pk) for tag in tags], "series": str(series.pk)})
# So that the month has a post, whatever the writers do.
actions.create(by=owner, title="Still", slug="still", status="published",
               pub_date=dt.datetime(2026, 1, 31, tzinfo=dt.UTC))
json.dump(site, sys.stdout)
"""


@dataclass
class SeededSite:
    """The owner's credentials, and the worlds of the writers."""

    owner_id: str
    token: str
    session: str
    worlds: list[World]

    @classmethod
    def create(cls, data: Path, letters: str, posts: int, **settings: str) -> "SeededSite":
        """Create the database, unless `data` is that of a site, and its content."""
        if not data.exists():
            set_up(data, **settings)
        code = _SEED.replace("LETTERS", letters).replace("POSTS", str(posts))
        result = run(data, "shell", "--no-imports", "-c", code, **settings)
        assert result.returncode == 0, result.stderr
        site = json.loads(result.stdout)
        worlds = [_world(writer) for writer in site["writers"]]
        worlds[0].site = "qaz0v1q"
        return cls(site["id"], site["token"], site["session"], worlds)


def _world(writer: dict[str, Any]) -> World:
    def mark(place: str) -> str:
        return f"q{writer['letter']}{place}v1q"

    posts = [
        Post(pk, n, mark(f"t{n}"), mark(f"b{n}"), mark(f"s{n}"), tags=[n % 2], in_series=n % 2 == 1)
        for n, pk in enumerate(writer["posts"])
    ]
    tags = [Tag(pk, mark(f"g{n}"), mark(f"h{n}")) for n, pk in enumerate(writer["tags"])]
    return World(
        writer["letter"],
        writer["author_id"],
        writer["author_token"],
        mark("n0"),
        mark("u0"),
        posts,
        tags,
        Tag(writer["series"], mark("g9"), mark("h9")),
    )
