"""Plan of the seed data: each post's authors, tags, series, date and text, from one random seed."""

import datetime as dt
import json
import math
import random
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate

from bench.seed import blocks, words

FIRST = dt.datetime(2011, 1, 1, tzinfo=dt.UTC)
YEARS = 15
SIGMA = 0.6  # of the logarithm of a text's length
STATUSES = ("published", "draft", "unlisted", "archived", "scheduled")
WEIGHTS = (94, 2, 2, 1, 1)


@dataclass(frozen=True, slots=True)
class Size:
    """Amount of data. `median` is the median length of texts in characters of Markdown."""

    posts: int
    median: int = 800

    @property
    def authors(self) -> int:
        return max(10, self.posts // 100)

    @property
    def tags(self) -> int:
        return max(20, self.posts // 10)

    @property
    def series(self) -> int:
        return max(5, self.posts // 200)

    @property
    def images(self) -> int:
        return min(200, max(10, self.posts // 100))


def identifier(at: dt.datetime, rng: random.Random) -> uuid.UUID:
    """Return a UUID (version 7) for the time `at`."""
    bits = rng.getrandbits(74)
    value = int(at.timestamp() * 1000) << 80 | 7 << 76 | (bits >> 62) << 64 | 2 << 62
    return uuid.UUID(int=value | bits & (1 << 62) - 1)


@dataclass(slots=True)
class Draft:
    """A post before it is inserted; authors, tags, series and image are indexes."""

    id: uuid.UUID
    number: int
    title: str
    slug: str
    status: str
    at: dt.datetime
    is_deleted: bool
    blocks: list[blocks.Block]
    authors: list[int]
    tags: list[int]
    series: int | None
    image: int | None

    @property
    def is_listed(self) -> bool:
        return self.status == "published" and not self.is_deleted

    @property
    def source(self) -> str:
        return "\n\n".join(block.source for block in self.blocks)

    @property
    def html(self) -> str:
        return "\n".join(block.html for block in self.blocks)

    @property
    def text(self) -> str:
        return "\n".join(block.text for block in self.blocks)

    @property
    def contents(self) -> str:
        return json.dumps([line for block in self.blocks for line in block.contents])


def posts(size: Size, rng: random.Random) -> Iterator[Draft]:
    """Yield the posts, oldest first."""
    pool = blocks.pool(rng)
    pool_words = [len(block.source) + 2 for block in pool]
    headline = words.Zipf(words.vocabulary(max(2_000, size.posts // 5), rng)[40:], rng)
    authors = words.Zipf(range(size.authors), rng)
    tags = words.Zipf(range(size.tags), rng)
    step = dt.timedelta(days=365 * YEARS) / size.posts
    center = math.log(size.median)
    for number in range(size.posts):
        at = FIRST + step * number + step * rng.random()
        length = min(60_000, rng.lognormvariate(center, SIGMA))
        title = " ".join(headline.some(rng.randint(3, 8))).capitalize()
        yield Draft(
            id=identifier(at, rng),
            number=number,
            title=title,
            slug=f"{title.lower().replace(' ', '-')[:80]}-{number}",
            status=rng.choices(STATUSES, WEIGHTS)[0],
            at=at,
            is_deleted=rng.random() < 0.01,
            blocks=_some(pool, pool_words, length, rng),
            authors=_once(authors.some(rng.choices((1, 2, 3), (85, 12, 3))[0])),
            # Every tag has a post, and the first ones have thousands.
            tags=_once([number % size.tags, *tags.some(rng.randint(0, 4))]),
            series=_series(number, size),
            image=rng.randrange(size.images) if rng.random() < 0.1 else None,
        )


def _some(
    pool: list[blocks.Block], lengths: list[int], length: float, rng: random.Random
) -> list[blocks.Block]:
    """Return different blocks with about `length` characters in total."""
    start = rng.randrange(len(pool))
    stride = 1 + rng.randrange(7) * 2
    order = [(start + stride * n) % len(pool) for n in range(200)]
    sums = accumulate(lengths[at] for at in order)
    count = next((n for n, total in enumerate(sums, 1) if total >= length), len(order))
    return [pool[at] for at in order[:count]]


def _series(number: int, size: Size) -> int | None:
    """Return the series of a post: every 20th post is in one, ten posts per series."""
    run, position = divmod(number, 200)
    return run if position < 200 and position % 20 == 0 and run < size.series else None


def _once(numbers: list[int]) -> list[int]:
    return list(dict.fromkeys(numbers))
