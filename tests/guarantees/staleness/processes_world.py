"""What a writer has on the site, as it must be seen after each acknowledged change.

Everything that is written carries a mark, `q<writer><place>v<number>q`, and each change of a place
has a higher number. So of any page one can say which marks it must show and which it may.
"""

import re
import threading
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

MARK = re.compile(rb"q([a-z])([a-z]\d+)v(\d+)q")
READABLE = ("published", "unlisted", "archived")
type Marks = frozenset[str]


class Seen(NamedTuple):
    """What a page must and may show of a writer's, and with which status."""

    status: int
    must: Marks = frozenset()
    may: Marks = frozenset()
    location: str = ""


@dataclass
class Post:
    """A post. Its day is its number, so the order of posts never changes."""

    id: str
    number: int
    title: str
    text: str
    slug: str
    status: str = "draft"
    is_deleted: bool = False
    tags: list[int] = field(default_factory=list)
    in_series: bool = False
    former: list[str] = field(default_factory=list)  # slugs that it had

    @property
    def is_listed(self) -> bool:
        return self.status == "published" and not self.is_deleted

    @property
    def is_readable(self) -> bool:
        return self.status in READABLE and not self.is_deleted


@dataclass
class Tag:
    """A tag, or the series."""

    id: str
    name: str
    slug: str


@dataclass
class World:
    """All that one writer has. `letter` tells the writer's marks from others'."""

    letter: str
    author_id: str
    author_token: str
    username: str
    display_name: str
    posts: list[Post]
    tags: list[Tag]
    series: Tag
    role: str = "author"
    is_active: bool = True
    site: str = ""
    number: int = 100
    #: The lowest number that readers may see of a place from now on.
    floors: dict[str, int] = field(default_factory=dict)
    #: Addresses that bystanders read.
    paths: list[str] = field(default_factory=lambda: ["/"])
    _lock: Any = field(default_factory=threading.Lock)

    def mark(self, place: str) -> str:
        """Return a new mark for a place."""
        self.number += 1
        return f"q{self.letter}{place}v{self.number}q"

    # --- what readers may see -------------------------------------------------------------------

    def raise_floor(self, place: str, number: int) -> None:
        """Note that somebody has seen this: from now on nobody sees less."""
        with self._lock:
            self.floors[place] = max(number, self.floors.get(place, 0))

    def lower_floors(self) -> None:
        """Allow that what is hidden is shown again."""
        with self._lock:
            for place, number in self._numbers(self._all):
                self.floors[place] = min(number, self.floors.get(place, 0))

    def acknowledged(self) -> None:
        """From now on readers see what stands now, and nothing of what is hidden."""
        shown = self.public.union(*(seen.must for seen in self.seen().values()))
        with self._lock:
            for mark in self._all:
                [(place, number)] = self._numbers([mark])
                self.floors[place] = number if mark in shown else number + 1
        # What one looks for stands on the page, however old it is.
        self.paths = [path for path in self.seen() if "?q=" not in path]

    @property
    def _all(self) -> list[str]:
        """Every mark that stands in the database."""
        marks = [self.display_name, self.username, *self._site]
        for one in (*self.tags, self.series):
            marks += [one.name, one.slug]
        for post in self.posts:
            marks += [post.title, post.text, post.slug]
        return marks

    @staticmethod
    def _numbers(marks: Iterable[str]) -> list[tuple[str, int]]:
        found = (MARK.fullmatch(mark.encode()) for mark in marks)
        return [(one[2].decode(), int(one[3])) for one in found if one]

    # --- what is seen where ---------------------------------------------------------------------

    @property
    def listed(self) -> list[Post]:
        return [post for post in self.posts if post.is_listed]

    def of(self, post: Post) -> Marks:
        """Return the marks of a post and all that is named beside it."""
        marks = {post.title, post.text, post.slug, self.display_name, self.username}
        for tag in post.tags:
            marks |= {self.tags[tag].name, self.tags[tag].slug}
        if post.in_series:
            marks |= {self.series.name, self.series.slug}
        return frozenset(marks)

    def listing(self, posts: list[Post], *also: str) -> Seen:
        """Return what a list of these posts shows: their titles and addresses."""
        must = {mark for post in posts for mark in (post.title, post.slug)} | set(also)
        return Seen(200, frozenset(must) | self._site, self.public)

    @property
    def _site(self) -> Marks:
        return frozenset([self.site] if self.site else [])

    @property
    def public(self) -> Marks:
        """Every mark that may stand on any page."""
        marks = self._site | {mark for post in self.listed for mark in self.of(post)}
        return frozenset(marks)

    def post_page(self, post: Post) -> Seen:
        if not post.is_readable:
            return Seen(404)
        marks = {post.title, post.text, post.slug, self.display_name, self.username}
        marks |= {self.tags[tag].name for tag in post.tags}
        return Seen(200, frozenset(marks) | self._site, self.public | self.of(post))

    def tag_page(self, number: int) -> Seen:
        tag = self.tags[number]
        if not any(number in post.tags for post in self.posts if post.is_readable):
            return Seen(404)
        posts = [post for post in self.listed if number in post.tags]
        seen = self.listing(posts, tag.name, tag.slug)
        return seen._replace(may=seen.may | {tag.name, tag.slug})

    def series_page(self) -> Seen:
        if not any(post.in_series for post in self.posts if post.is_readable):
            return Seen(404)
        posts = [post for post in self.listed if post.in_series]
        seen = self.listing(posts, self.series.name, self.series.slug)
        return seen._replace(may=seen.may | {self.series.name, self.series.slug})

    def author_page(self) -> Seen:
        writes = self.is_active and self.role != "reader"
        if not writes and not self.listed:
            return Seen(404)
        seen = self.listing(self.listed, self.display_name, self.username)
        return seen._replace(may=seen.may | {self.display_name, self.username})

    @staticmethod
    def searches(post: Post) -> list[str]:
        """Return the addresses at which one looks for a post by its title."""
        return [f"/search?q={post.title}", f"/api/v1/posts?q={post.title}"]

    def found(self, post: Post) -> Seen:
        """Return what is found by a post's title, which stands there as what was looked for."""
        seen = self.listing([post] if post.is_listed else [])
        return seen._replace(may=seen.may | {post.title})

    def sitemap_pages(self) -> Seen:
        tags = {self.tags[tag].slug for post in self.listed for tag in post.tags}
        tags |= {self.series.slug for post in self.listed if post.in_series}
        tags |= {self.username} if self.listed else set()
        return Seen(200, frozenset(tags), frozenset(tags))

    @cached_property
    def fixed(self) -> dict[str, str]:
        """Addresses that never change, and what says what they show."""
        feeds = dict.fromkeys(("/rss.xml", "/atom.xml", "/feed.json"), "home")
        lists = dict.fromkeys(("/", "/archive", "/archive/2026"), "home")
        api = {"/api/v1/posts": "api", "/api/v1/posts?limit=50": "api"}
        maps = {"/sitemap-posts-2026-01.xml": "month", "/sitemap-pages.xml": "pages"}
        return {**feeds, **lists, **api, **maps}

    def seen(self) -> dict[str, Seen]:
        """Return every address of this writer's and what it must show now."""
        listing = self.listing(self.listed)
        unsigned = Seen(200, listing.must - self._site, listing.may)
        slugs = frozenset(post.slug for post in self.listed)
        kinds = {
            "home": listing,
            "api": unsigned,
            "month": Seen(200, slugs, slugs),
            "pages": self.sitemap_pages(),
        }
        found = {path: kinds[kind] for path, kind in self.fixed.items()}
        for post in self.posts:
            page = self.post_page(post)
            found[f"/{post.slug}"] = page
            found[f"/api/v1/posts/{post.id}"] = page._replace(must=page.must - self._site)
            for path in self.searches(post):
                sought = self.found(post)
                is_api = path.startswith("/api")
                found[path] = sought._replace(must=sought.must - self._site) if is_api else sought
            for slug in post.former[-2:]:
                moved = Seen(301, location=f"/{post.slug}")
                found[f"/{slug}"] = moved if post.is_readable else Seen(404)
        found[f"/@{self.username}"] = self.author_page()
        for number, tag in enumerate(self.tags):
            found[f"/tag/{tag.slug}"] = self.tag_page(number)
        found[f"/series/{self.series.slug}"] = self.series_page()
        return found
