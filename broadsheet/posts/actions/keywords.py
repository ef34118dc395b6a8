"""Keywords of a post (tf-idf): words that are frequent in it and rare in other posts."""

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

KEYWORDS = 16  # of a post
SAMPLE = 100  # newest posts, which determine how common a word is
YOUNG = 60  # number of posts up to which each new post changes the document frequencies
READ = 20_000  # characters of a post that are read for its keywords
READ_OF_SAMPLE = 3_000  # and to determine how common words are
_TITLE_WEIGHT = 3  # how often a word of the title counts


class DocumentFrequencies(NamedTuple):
    """Number of posts in a sample in which each term occurs."""

    counts: Counter[str]
    posts: set[uuid.UUID]

    @classmethod
    def of_newest(cls) -> Self:
        """Count in the newest posts that are listed."""
        sample = _texts(Post.objects.published().newest_first()[:SAMPLE], READ_OF_SAMPLE)
        counts = Counter(term for _pk, terms in sample for term in terms)
        return cls(counts, {pk for pk, _terms in sample})

    def rarity(self, term: str) -> float:
        """Return the inverse document frequency of `term`; 0 if every post has it."""
        return math.log((len(self.posts) + 1) / (self.counts[term] + 1))


def find_keywords(posts: Iterable[uuid.UUID]) -> set[uuid.UUID]:
    """Store the keywords of `posts`; posts that are not listed have none.

    On a young site this changes the keywords of its other posts too. Return the posts whose
    keywords were computed.
    """
    common = DocumentFrequencies.of_newest()
    updated = set(posts)
    if len(common.posts) <= YOUNG:
        updated |= common.posts
    listed = _texts(Post.objects.published().filter(pk__in=updated), READ)
    rows = [
        Keyword(post_id=pk, term=term, weight=weight)
        for pk, terms in listed
        for term, weight in _strongest(terms, common).items()
    ]
    with transaction.atomic():
        Keyword.objects.filter(post__in=updated).delete()
        Keyword.objects.bulk_create(rows, ignore_conflicts=True)  # another worker may do the same
    return updated


def _texts(posts: QuerySet[Post], length: int) -> list[tuple[uuid.UUID, Counter[str]]]:
    rows: Any = posts.values_list("pk", "title", "subtitle", Substr("content", 1, length))
    return [
        (pk, tokenizer.count_terms(f"{f'{title}\n' * _TITLE_WEIGHT}{subtitle}\n{text}"))
        for pk, title, subtitle, text in rows
    ]


def _strongest(counts: Counter[str], common: DocumentFrequencies) -> dict[str, float]:
    """Return the most distinctive terms, as a vector of length 1."""
    weights = {term: (1 + math.log(n)) * common.rarity(term) for term, n in counts.items()}
    # Equal weights sort by name, so that the same text has the same keywords.
    best = sorted(weights, key=lambda term: (-weights[term], term))[:KEYWORDS]
    length = math.hypot(*(weights[term] for term in best))
    return {term: weights[term] / length for term in best if weights[term] > 0}
