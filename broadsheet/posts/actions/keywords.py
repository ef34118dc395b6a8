"""What a post is about, in its own words: those that are frequent in it and rare elsewhere."""

import math
import uuid
from collections import Counter
from collections.abc import Iterable
from typing import Any, NamedTuple, Self

from django.db import transaction
from django.db.models import QuerySet
from django.db.models.functions import Substr

from broadsheet.lib import tokenizer
from broadsheet.posts.models import Keyword, Post

KEPT = 16  # keywords of a post
SAMPLE = 100  # of the newest posts, whose words say which are common here
YOUNG = 60  # up to so many posts, each further one changes what is common
READ = 20_000  # characters of a post that are read for its keywords,
READ_OF_SAMPLE = 3_000  # and for what is common
_IN_TITLE = 3  # times that a word of the title counts


class Commonness(NamedTuple):
    """In how many of some posts each term occurs."""

    counts: Counter[str]
    posts: set[uuid.UUID]

    @classmethod
    def here(cls) -> Self:
        """Count in the newest posts that are listed."""
        sample = _texts(Post.objects.published().newest_first()[:SAMPLE], READ_OF_SAMPLE)
        counts = Counter(term for _pk, found in sample for term in found)
        return cls(counts, {pk for pk, _found in sample})

    def rarity(self, term: str) -> float:
        """Return how much `term` tells (inverse document frequency); 0 when every post has it."""
        return math.log((len(self.posts) + 1) / (self.counts[term] + 1))


def find_keywords(posts: Iterable[uuid.UUID]) -> set[uuid.UUID]:
    """Keep the keywords of `posts`, none of those that are not listed.

    While a site is young, that changes those of its other posts too. Returns the posts whose
    keywords were found.
    """
    common = Commonness.here()
    asked = set(posts)
    if len(common.posts) <= YOUNG:
        asked |= common.posts
    listed = _texts(Post.objects.published().filter(pk__in=asked), READ)
    rows = [
        Keyword(post_id=pk, term=term, weight=weight)
        for pk, found in listed
        for term, weight in _strongest(found, common).items()
    ]
    with transaction.atomic():
        Keyword.objects.filter(post__in=asked).delete()
        Keyword.objects.bulk_create(rows, ignore_conflicts=True)  # another worker may be at it
    return asked


def _texts(posts: QuerySet[Post], length: int) -> list[tuple[uuid.UUID, Counter[str]]]:
    rows: Any = posts.values_list("pk", "title", "subtitle", Substr("content", 1, length))
    return [
        (pk, tokenizer.count_terms(f"{f'{title}\n' * _IN_TITLE}{subtitle}\n{text}"))
        for pk, title, subtitle, text in rows
    ]


def _strongest(found: Counter[str], common: Commonness) -> dict[str, float]:
    """Return the terms that tell most, as a vector of length 1."""
    weights = {term: (1 + math.log(n)) * common.rarity(term) for term, n in found.items()}
    # By name where they tell as much, so that the same text has the same keywords.
    best = sorted(weights, key=lambda term: (-weights[term], term))[:KEPT]
    length = math.hypot(*(weights[term] for term in best))
    return {term: weights[term] / length for term in best if weights[term] > 0}
