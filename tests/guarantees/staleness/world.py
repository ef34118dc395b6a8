"""The world: a small site with every kind of page and of row."""

import datetime as dt
import io
from typing import Any, NamedTuple

from PIL import Image as Pillow

from broadsheet.accounts import actions as accounts
from broadsheet.accounts.models import Role, User
from broadsheet.media import actions as media
from broadsheet.media.models import Image
from broadsheet.posts import actions
from broadsheet.posts.models import Post, Related, Series, Tag
from broadsheet.publication import actions as publication
from broadsheet.publication.models import Redirect, Site

DAY = dt.timedelta(days=1)
NOON = dt.datetime(2026, 6, 1, 12, tzinfo=dt.UTC)
NEW_YEAR = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
#: The last microsecond of a month and a year.
LAST_MOMENT = NEW_YEAR - dt.timedelta(microseconds=1)

_GIF = "47494638396101000100800000{}ffffff2c00000000010001000002024401003b"
TEXT = "First.\n\n## One\n\nJam.\n\n## Two\n\nBread.\n\n## Three\n\nTea."


def gif(colour: str) -> io.BytesIO:
    """Return a GIF of one pixel; `colour` is six hexadecimal digits. It gets no variants."""
    return io.BytesIO(bytes.fromhex(_GIF.format(colour)))


def png(colour: str) -> io.BytesIO:
    """Return a PNG of one pixel, which gets variants."""
    out = io.BytesIO()
    Pillow.new("RGB", (1, 1), f"#{colour}").save(out, "PNG")
    return io.BytesIO(out.getvalue())


class Users(NamedTuple):
    owner: User
    editor: User
    author: User
    another_author: User
    silent_author: User  # has published nothing
    former_author: User  # has written, and is a reader now
    reader: User


class World(NamedTuple):
    """Rows by name, as they were created. Load them again before changing them."""

    users: Users
    posts: dict[str, Post]
    tags: dict[str, Tag]
    series: dict[str, Series]
    images: dict[str, Image]
    redirect: Redirect

    def post(self, name: str = "jam") -> Post:
        """Return a post from the database."""
        return Post.objects.for_reading().get(pk=self.posts[name].pk)


def create() -> World:
    """Create the world in an empty database."""
    users = _users()
    images = {
        n: media.upload(png(c) if n == "cover" else gif(c), name=n, by=users.author, alt=n)
        for n, c in COLOURS.items()
    }
    publication.edit_site(
        name="The Daily Proof",
        tagline="All that holds",
        logo=images["logo"],
        navigation=[{"label": "Archive", "url": "/archive"}],
        footer="Printed *here*.",
        accent="#1b5e20",
    )
    posts = _posts(users, images)
    Related.objects.bulk_create(
        Related(post=posts["jam"], other=posts[name], position=n, score=1 - n / 10)
        for n, name in enumerate(("honey", "unlisted", "lone", "story-9"))
    )
    Tag.objects.create(name="Empty", slug="empty")
    Tag.objects.filter(slug="tea").update(description="All about tea.")
    Series.objects.create(name="Nothing yet", slug="nothing-yet")
    publication.add_redirect("/old", "/jam")
    publication.add_redirect("/gone-for-good", "", status=Redirect.Status.GONE)
    return World(
        users,
        posts,
        {tag.slug: tag for tag in Tag.objects.all()},
        {series.slug: series for series in Series.objects.all()},
        images,
        Redirect.objects.get(old_path="/old"),
    )


COLOURS = {"logo": "0000ff", "cover": "00ff00", "spare": "ff0000"}


def _users() -> Users:
    Site.objects.get_or_create(id=1)
    roles = {
        "olivia": Role.OWNER, "edgar": Role.EDITOR, "ada": Role.AUTHOR, "bob": Role.AUTHOR,
        "sue": Role.AUTHOR, "fred": Role.AUTHOR, "rita": Role.READER,
    }  # fmt: skip
    users = Users(
        *(
            User.objects.create_user(name, f"{name}@example.org", display_name=name.title(), role=r)
            for name, r in roles.items()
        )
    )
    link = {"label": "Garden", "url": "https://ada.example"}
    accounts.edit_profile(users.author, bio="Writes *much*.", links=[link])
    accounts.set_avatar(users.author, gif("aabbcc"), name="ada.gif")
    return users


def _posts(users: Users, images: dict[str, Image]) -> dict[str, Post]:
    ada, bob, sue = users.author, users.another_author, users.silent_author
    tea: dict[str, Any] = {"tags": ["Tea", "Food"], "series": "Kitchen", "content": TEXT}
    drafts: dict[str, dict[str, Any]] = {
        "newest": {"pub_date": NOON, "content": "Newest."},
        # These two have the same date.
        "jam": {"pub_date": NOON - DAY, **tea, "cover": images["cover"], "authors": [ada, bob]},
        "honey": {"pub_date": NOON - DAY, **tea, "subtitle": "And bees"},
        "bread": {"pub_date": NOON - 31 * DAY, **tea, "authors": [bob]},
        "lone": {"pub_date": NEW_YEAR, "tags": ["Lonely"], "series": "Solo"},
        "fred": {"pub_date": LAST_MOMENT, "title": "By Fred", "authors": [users.former_author]},
        "hidden": {"status": "unlisted", "pub_date": NOON - 3 * DAY, "tags": ["Hidden", "Tea"]},
        "shelved": {"status": "archived", "pub_date": NOON - 4 * DAY, "series": "Attic"},
        "about": {"kind": "page", "pub_date": NOON - 5 * DAY, "tags": ["Tea"], "authors": [bob]},
        "draft": {"status": "draft", "tags": ["Draft", "Tea"], "series": "Kitchen"},
        "unlisted": {"status": "unlisted", "pub_date": NOON - 200 * DAY, "tags": ["Tea"]},
        # The post's status counts, even if its tag and author rows are outdated.
        "withdrawn": {"pub_date": NOON - 201 * DAY, "tags": ["Lonely"], "authors": [sue]},
    }
    for n in range(18):  # so that the home page has a second page
        drafts[f"story-{n}"] = {"pub_date": NOON - (400 + n) * DAY, "content": f"Story {n}."}
    rows: list[Any] = [
        {"title": n.title(), "slug": n, "status": "published", **d} for n, d in drafts.items()
    ]
    # One after the other, so that their ids have this order.
    created = [actions.create(by=ada, **row) for row in rows]
    posts = dict(zip(drafts, created, strict=True))
    Post.objects.filter(slug="withdrawn").update(status="draft")
    soon = actions.create(by=ada, title="Soon", slug="soon", tags=["Tea"])
    posts["soon"] = actions.publish(soon, by=ada, at=dt.datetime(2100, 1, 1, tzinfo=dt.UTC))
    was = actions.create(by=ada, title="Was", slug="was", status="published", pub_date=NOON)
    posts["deleted"] = actions.delete(was, by=ada)
    accounts.change_role(users.former_author, Role.READER, by=users.owner)
    return posts
