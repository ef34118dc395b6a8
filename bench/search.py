"""`python -m bench.search POSTS [TRIES]`: duration of searches in SQLite or `DATABASE_URL`.

Fills only the search index, once (set `BROADSHEET_DATA` to a data folder, or use an empty
database). Then runs all kinds of searches like the search page and prints a Markdown table of
elapsed time and CPU time, which other processes distort less. A million posts of 200 words take 20
minutes and 5 GB.
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
from broadsheet.search.backends import backend
from bench import processor
from bench.seed import words

BATCH = 5_000
WORDS = int(os.environ.get("BENCH_WORDS", "200"))  # per text
FIRST, YEARS = dt.datetime(2015, 1, 1, tzinfo=dt.UTC), 11
AUTHORS, TAGS = 10_000, 100_000

type Search = Callable[[], object]


class Documents:
    """Documents with Zipf-distributed words; reproducible by their number."""

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


def fill(documents: Documents, posts: int) -> None:
    """Fill the index up to `posts` documents."""
    call_command("migrate", verbosity=0)
    start, add = time.monotonic(), backend(connection.vendor).add
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("PRAGMA synchronous=OFF")
            cursor.execute("PRAGMA cache_size=-800000")
        cursor.execute("SELECT count(*) FROM search_document")
        (existing,) = cursor.fetchone()
        for first in range(existing, posts, BATCH):
            with transaction.atomic():
                add(cursor, [documents.document(n, posts) for n in range(first, first + BATCH)])
            if (first + BATCH) % 100_000 == 0:
                seconds = time.monotonic() - start
                print(f"{first + BATCH:,} posts in {seconds:,.0f} s", file=sys.stderr, flush=True)
        if existing < posts:
            cursor.execute(
                "ANALYZE" if connection.vendor == "sqlite" else "VACUUM ANALYZE search_document"
            )


def look(query: str, filters: SearchFilters = SearchFilters(), *, offset: int = 0) -> None:  # noqa: B008 - frozen
    """Search like the search page, with a spelling correction if there are no results."""
    if not search.find(query, filters, limit=21, offset=offset) and not offset:
        corrected = search.correct(query)
        if corrected != query:
            search.find(corrected, filters, limit=21)


def searches(documents: Documents, posts: int, rng: random.Random) -> Iterator[tuple[str, Search]]:
    """Yield a random search of each kind, with the name of the kind."""
    common, middle = rng.choice(documents.words[:100]), rng.choice(documents.words[500:5_000])
    rare = rng.choice(documents.words[20_000:150_000])
    document = documents.document(rng.randrange(posts), posts)
    text, n = document.body.split(), rng.randrange(200)
    run, at = rng.choice(words.CJK), rng.randrange(12)
    day = FIRST + dt.timedelta(days=rng.randrange(365 * YEARS))
    slip = rng.randrange(1, len(rare))
    yield "a common word", partial(look, common)
    yield "two common words", partial(look, f"{rng.choice(documents.words[:100])} {common}")
    yield "a word of average", partial(look, middle)
    yield "a rare word", partial(look, rare)
    yield "a common and a rare word", partial(look, f"{common} {rare}")
    yield "a common and an average word", partial(look, f"{middle} {common}")
    yield "a title", partial(look, document.title)
    yield "two letters", partial(look, rare[:2])
    yield "a beginning", partial(look, rare[:4])
    yield "a phrase", partial(look, f'"{" ".join(text[n : n + 3])}"')
    yield "a phrase of common words", partial(look, f'"{rng.choice(documents.words[:9])} {common}"')
    yield "a word but not another", partial(look, f"{middle} -{common}")
    yield "a misspelt word", partial(look, f"{rare[:slip]}q{rare[slip + 1 :]}")
    yield "a word that nothing is like", partial(look, "xq" + rare[::-1] + "zzq")
    yield "CJK, two signs", partial(look, run[at : at + 2])
    yield "CJK, five signs", partial(look, run[at : at + 5])
    yield "CJK, one sign", partial(look, run[at])
    author = SearchFilters(keys=document.keys[:1])
    tag = SearchFilters(keys=document.keys[1:2])
    yield "a common word by an author", partial(look, common, author)
    yield "a common word under a tag", partial(look, common, tag)
    yield "an average word under a tag", partial(look, middle, tag)
    month = SearchFilters(since=day, until=day + dt.timedelta(days=30))
    yield "a common word in a month", partial(look, common, month)
    yield "an average word in a month", partial(look, middle, month)
    yield "a common word, page 50", partial(look, common, offset=979)
    yield "an average word, page 50", partial(look, middle, offset=979)
    title = document.title
    yield "suggestions", partial(search.suggest, title[: rng.randrange(2, len(title))])
    yield "suggestions, two letters", partial(search.suggest, common[:2])


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "broadsheet.settings")
    django.setup()
    posts = int(sys.argv[1])
    tries = int(sys.argv[2]) if len(sys.argv) > 2 else 200
    documents, rng = Documents(), random.Random(2)
    fill(documents, posts)
    times: dict[str, list[tuple[float, float]]] = {}
    cpu_time = processor.clock()
    for number in range(-5, tries):
        for kind, run in searches(documents, posts, rng):
            cpu_start, start = cpu_time(), time.perf_counter()
            run()
            duration = time.perf_counter() - start, cpu_time() - cpu_start
            if number >= 0:
                times.setdefault(kind, []).append(duration)
    print(f"| {posts:,} posts, {connection.vendor}; ms | p50 | p99 | CPU p50 | CPU p99 |")
    print("| --- | ---: | ---: | ---: | ---: |")
    for kind, pairs in times.items():
        columns = zip(*pairs, strict=True)
        cells = [f"{percentile(column):.1f}" for column in columns for percentile in (p50, p99)]
        print(f"| {kind} | {' | '.join(cells)} |")


def p50(values: tuple[float, ...]) -> float:
    return sorted(values)[len(values) // 2] * 1_000


def p99(values: tuple[float, ...]) -> float:
    return sorted(values)[int(len(values) * 0.99)] * 1_000


if __name__ == "__main__":
    main()
