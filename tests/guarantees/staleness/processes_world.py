"""World of a writer: its rows, and what each page must show after each acknowledged change.

Every written text contains a mark, `q<writer><place>v<number>q`, and each change of a place has a
higher number. So it is known which marks a page must show, and which it may.
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


class ExpectedPage(NamedTuple):
    """Status of a page, and the marks of a writer that it must and may show."""

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
    """All rows of one writer. Its marks contain `letter`."""

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
    #: The lowest number that readers may see of each place from now on.
    floors: dict[str, int] = field(default_factory=dict)
    #: Paths that are read in the background.
    paths: list[str] = field(default_factory=lambda: ["/"])
    _lock: Any = field(default_factory=threading.Lock)

    def mark(self, place: str) -> str:
        """Return a new mark for a place."""
        self.number += 1
        return f"q{self.letter}{place}v{self.number}q"

    # --- floors ---------------------------------------------------------------------------------

    def raise_floor(self, place: str, number: int) -> None:
        """Record that a reader has seen this: from now on no one may see a lower number."""
        with self._lock:
            self.floors[place] = max(number, self.floors.get(place, 0))

    def lower_floors(self) -> None:
        """Allow hidden texts to become visible again."""
        with self._lock:
            for place, number in self._numbers(self._all):
                self.floors[place] = min(number, self.floors.get(place, 0))

    def acknowledged(self) -> None:
        """From now on readers see the current texts, and no hidden ones."""
        visible = self.public.union(*(seen.must for seen in self.expected_pages().values()))
        with self._lock:
            for mark in self._all:
                [(place, number)] = self._numbers([mark])
                self.floors[place] = number if mark in visible else number + 1
        # Pages of results show the search term, however old it is.
        self.paths = [path for path in self.expected_pages() if "?q=" not in path]

    @property
    def _all(self) -> list[str]:
        """Every mark in the database."""
        marks = [self.display_name, self.username, *self._site]
        for one in (*self.tags, self.series):
            marks += [one.name, one.slug]
        for post in self.posts:
            marks += [post.title, post.text, post.slug]
        return marks

    @staticmethod
    def _numbers(marks: Iterable[str]) -> list[tuple[str, int]]:
        matches = (MARK.fullmatch(mark.encode()) for mark in marks)
        return [(one[2].decode(), int(one[3])) for one in matches if one]

    # --- expected pages -------------------------------------------------------------------------

    @property
    def listed(self) -> list[Post]:
        return [post for post in self.posts if post.is_listed]

    def of(self, post: Post) -> Marks:
        """Return the marks of a post with its author, tags and series."""
        marks = {post.title, post.text, post.slug, self.display_name, self.username}
        for tag in post.tags:
            marks |= {self.tags[tag].name, self.tags[tag].slug}
        if post.in_series:
            marks |= {self.series.name, self.series.slug}
        return frozenset(marks)

    def listing(self, posts: list[Post], *also: str) -> ExpectedPage:
        """Return the expected list of these posts: it shows titles and URLs."""
        must = {mark for post in posts for mark in (post.title, post.slug)} | set(also)
        return ExpectedPage(200, frozenset(must) | self._site, self.public)

    @property
    def _site(self) -> Marks:
        return frozenset([self.site] if self.site else [])

    @property
    def public(self) -> Marks:
        """Every mark that any page may show."""
        marks = self._site | {mark for post in self.listed for mark in self.of(post)}
        return frozenset(marks)

    def post_page(self, post: Post) -> ExpectedPage:
        if not post.is_readable:
            return ExpectedPage(404)
        marks = {post.title, post.text, post.slug, self.display_name, self.username}
        marks |= {self.tags[tag].name for tag in post.tags}
        return ExpectedPage(200, frozenset(marks) | self._site, self.public | self.of(post))

    def tag_page(self, number: int) -> ExpectedPage:
        tag = self.tags[number]
        if not any(number in post.tags for post in self.posts if post.is_readable):
            return ExpectedPage(404)
        posts = [post for post in self.listed if number in post.tags]
        page = self.listing(posts, tag.name, tag.slug)
        return page._replace(may=page.may | {tag.name, tag.slug})

    def series_page(self) -> ExpectedPage:
        if not any(post.in_series for post in self.posts if post.is_readable):
            return ExpectedPage(404)
        posts = [post for post in self.listed if post.in_series]
        page = self.listing(posts, self.series.name, self.series.slug)
        return page._replace(may=page.may | {self.series.name, self.series.slug})

    def author_page(self) -> ExpectedPage:
        can_write = self.is_active and self.role != "reader"
        if not can_write and not self.listed:
            return ExpectedPage(404)
        page = self.listing(self.listed, self.display_name, self.username)
        return page._replace(may=page.may | {self.display_name, self.username})

    @staticmethod
    def searches(post: Post) -> list[str]:
        """Return the URLs that search for a post by its title."""
        return [f"/search?q={post.title}", f"/api/v1/posts?q={post.title}"]

    def search_results(self, post: Post) -> ExpectedPage:
        """Return the expected results of a search for the title, which the page repeats."""
        page = self.listing([post] if post.is_listed else [])
        return page._replace(may=page.may | {post.title})

    def sitemap_pages(self) -> ExpectedPage:
        tags = {self.tags[tag].slug for post in self.listed for tag in post.tags}
        tags |= {self.series.slug for post in self.listed if post.in_series}
        tags |= {self.username} if self.listed else set()
        return ExpectedPage(200, frozenset(tags), frozenset(tags))

    @cached_property
    def fixed(self) -> dict[str, str]:
        """URLs that never change, and the kind of page there."""
        feeds = dict.fromkeys(("/rss.xml", "/atom.xml", "/feed.json"), "home")
        lists = dict.fromkeys(("/", "/archive", "/archive/2026"), "home")
        api = {"/api/v1/posts": "api", "/api/v1/posts?limit=50": "api"}
        maps = {"/sitemap-posts-2026-01.xml": "month", "/sitemap-pages.xml": "pages"}
        return {**feeds, **lists, **api, **maps}

    def expected_pages(self) -> dict[str, ExpectedPage]:
        """Return the expected page of every URL of this writer."""
        listing = self.listing(self.listed)
        unsigned = ExpectedPage(200, listing.must - self._site, listing.may)
        slugs = frozenset(post.slug for post in self.listed)
        kinds = {
            "home": listing,
            "api": unsigned,
            "month": ExpectedPage(200, slugs, slugs),
            "pages": self.sitemap_pages(),
        }
        pages = {path: kinds[kind] for path, kind in self.fixed.items()}
        for post in self.posts:
            page = self.post_page(post)
            pages[f"/{post.slug}"] = page
            pages[f"/api/v1/posts/{post.id}"] = page._replace(must=page.must - self._site)
            for path in self.searches(post):
                results = self.search_results(post)
                is_api = path.startswith("/api")
                pages[path] = (
                    results._replace(must=results.must - self._site) if is_api else results
                )
            for slug in post.former[-2:]:
                moved = ExpectedPage(301, location=f"/{post.slug}")
                pages[f"/{slug}"] = moved if post.is_readable else ExpectedPage(404)
        pages[f"/@{self.username}"] = self.author_page()
        for number, tag in enumerate(self.tags):
            pages[f"/tag/{tag.slug}"] = self.tag_page(number)
        pages[f"/series/{self.series.slug}"] = self.series_page()
        return pages
