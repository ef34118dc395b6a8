"""`python -m bench.search POSTS [TRIES]`: how long finding takes, in SQLite or `DATABASE_URL`.

It fills the index alone (once: give a data folder with `BROADSHEET_DATA`, or an empty database),
asks for all kinds of things in the manner of the search page, and prints a table in Markdown: by
the clock, and by the processor, which what else runs on the machine disturbs less. A
million posts of 200 words take 20 minutes and 5 GB.
"""

import datetime as dt
import os
import random
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from functools import partial

import django
from django.core.management import call_command
from django.db import connection, transaction

from broadsheet import search
from broadsheet.search import SearchFilters
from broadsheet.search.index import backend
from bench import processor
from bench.seed import words

BATCH = 5_000
WORDS = int(os.environ.get("BENCH_WORDS", "200"))  # of a text
FIRST, YEARS = dt.datetime(2015, 1, 1, tzinfo=dt.UTC), 11
AUTHORS, TAGS = 10_000, 100_000

type Ask = Callable[[], object]


class Stories:
    """Documents of words that occur as words do; the n-th is always the same."""

    def __init__(self) -> None:
        rng = random.Random(1)
        self.words = words.vocabulary(200_000, rng)
        self._zipf = words.Zipf(self.words, rng)
        self._tags = words.Zipf(range(TAGS), rng)
        self._rng = rng

    def document(self, n: int, of: int) -> search.Document:
        rng = self._rng
        rng.seed(n)
        text = self._zipf.some(WORDS)
        tags = self._tags.some(3)
        if n % 50 == 0:
            sentence = rng.choice(words.CJK)
            text[WORDS // 2 : WORDS // 2] = [sentence[rng.randrange(8) :] for _ in range(6)]
        at = FIRST + dt.timedelta(days=365 * YEARS) * (n / of)
        return search.Document(
            uuid.UUID(int=n + 1),
            " ".join(self._zipf.some(7)),
            " ".join(text),
            " ".join(self.words[100 + tag] for tag in tags),
            subtitle=" ".join(self._zipf.some(10)),
            at=at,
            keys=(f"author{rng.randrange(AUTHORS)}", *(f"tag{tag}" for tag in {*tags})),
        )


def fill(stories: Stories, posts: int) -> None:
    """Fill an empty index."""
    call_command("migrate", verbosity=0)
    began, add = time.monotonic(), backend(connection.vendor).add
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("PRAGMA synchronous=OFF")
            cursor.execute("PRAGMA cache_size=-800000")
        cursor.execute("SELECT count(*) FROM search_document")
        (there,) = cursor.fetchone()
        for first in range(there, posts, BATCH):
            with transaction.atomic():
                add(cursor, [stories.document(n, posts) for n in range(first, first + BATCH)])
            if (first + BATCH) % 100_000 == 0:
                seconds = time.monotonic() - began
                print(f"{first + BATCH:,} posts in {seconds:,.0f} s", file=sys.stderr, flush=True)
        if there < posts:
            cursor.execute(
                "ANALYZE" if connection.vendor == "sqlite" else "VACUUM ANALYZE search_document"
            )


def look(query: str, within: SearchFilters = SearchFilters(), *, offset: int = 0) -> None:  # noqa: B008 - frozen
    """Do what the search page does."""
    if not search.find(query, within, limit=21, offset=offset) and not offset:
        corrected = search.correct(query)
        if corrected != query:
            search.find(corrected, within, limit=21)


def asked(stories: Stories, posts: int, rng: random.Random) -> Iterator[tuple[str, Ask]]:
    """Return one of each kind of what may be asked for."""
    common, middle = rng.choice(stories.words[:100]), rng.choice(stories.words[500:5_000])
    rare = rng.choice(stories.words[20_000:150_000])
    story = stories.document(rng.randrange(posts), posts)
    text, n = story.body.split(), rng.randrange(200)
    run, at = rng.choice(words.CJK), rng.randrange(12)
    day = FIRST + dt.timedelta(days=rng.randrange(365 * YEARS))
    slip = rng.randrange(1, len(rare))
    yield "a common word", partial(look, common)
    yield "two common words", partial(look, f"{rng.choice(stories.words[:100])} {common}")
    yield "a word of average", partial(look, middle)
    yield "a rare word", partial(look, rare)
    yield "a common and a rare word", partial(look, f"{common} {rare}")
    yield "a common and an average word", partial(look, f"{middle} {common}")
    yield "a title", partial(look, story.title)
    yield "two letters", partial(look, rare[:2])
    yield "a beginning", partial(look, rare[:4])
    yield "a phrase", partial(look, f'"{" ".join(text[n : n + 3])}"')
    yield "a phrase of common words", partial(look, f'"{rng.choice(stories.words[:9])} {common}"')
    yield "a word but not another", partial(look, f"{middle} -{common}")
    yield "a misspelt word", partial(look, f"{rare[:slip]}q{rare[slip + 1 :]}")
    yield "a word that nothing is like", partial(look, "xq" + rare[::-1] + "zzq")
    yield "CJK, two signs", partial(look, run[at : at + 2])
    yield "CJK, five signs", partial(look, run[at : at + 5])
    yield "CJK, one sign", partial(look, run[at])
    yield "a common word by an author", partial(look, common, SearchFilters(keys=story.keys[:1]))
    yield "a common word under a tag", partial(look, common, SearchFilters(keys=story.keys[1:2]))
    yield "an average word under a tag", partial(look, middle, SearchFilters(keys=story.keys[1:2]))
    month = SearchFilters(since=day, until=day + dt.timedelta(days=30))
    yield "a common word in a month", partial(look, common, month)
    yield "an average word in a month", partial(look, middle, month)
    yield "a common word, page 50", partial(look, common, offset=979)
    yield "an average word, page 50", partial(look, middle, offset=979)
    title = story.title
    yield "suggestions", partial(search.suggest, title[: rng.randrange(2, len(title))])
    yield "suggestions, two letters", partial(search.suggest, common[:2])


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "broadsheet.settings")
    django.setup()
    posts = int(sys.argv[1])
    tries = int(sys.argv[2]) if len(sys.argv) > 2 else 200
    stories, rng = Stories(), random.Random(2)
    fill(stories, posts)
    times: dict[str, list[tuple[float, float]]] = {}
    used = processor.clock()
    for number in range(-5, tries):
        for kind, ask in asked(stories, posts, rng):
            before, began = used(), time.perf_counter()
            ask()
            took = time.perf_counter() - began, used() - before
            if number >= 0:
                times.setdefault(kind, []).append(took)
    print(f"| {posts:,} posts, {connection.vendor}; ms | p50 | p99 | CPU p50 | CPU p99 |")
    print("| --- | ---: | ---: | ---: | ---: |")
    for kind, pairs in times.items():
        shown = [f"{part(took):.1f}" for took in zip(*pairs, strict=True) for part in (p50, p99)]
        print(f"| {kind} | {' | '.join(shown)} |")


def p50(values: tuple[float, ...]) -> float:
    return sorted(values)[len(values) // 2] * 1_000


def p99(values: tuple[float, ...]) -> float:
    return sorted(values)[int(len(values) * 0.99)] * 1_000


if __name__ == "__main__":
    main()
