"""Scores of related posts, from shared keywords and tags.

Two posts are related by the cosine similarity of their keywords, and by each shared tag according
to its rarity. The scores combine like the probabilities of independent events. However many posts
there are, only the first few in an index are considered for each keyword and each tag.
"""

import heapq
import math
import uuid
from collections import defaultdict
from typing import NamedTuple

from broadsheet.posts.models import Keyword, Post, PostTag

_MIN_SCORE = 0.05  # the score below which posts have nothing in common
_TAG = 0.4  # the score of sharing the rarest tag
_TAGS = 10  # of a post that are looked at
_CANDIDATES = 40  # posts for each keyword and each tag
_COMPARED = 60  # of those, the most promising by keywords, and as many by tags
_COUNTED = 5_000  # up to which the posts of a tag are counted

type Scores = dict[uuid.UUID, float]


class RelatedPost(NamedTuple):
    """A post and how close it is, from 0 to 1."""

    post_id: uuid.UUID
    score: float


def score_related(post: uuid.UUID) -> list[RelatedPost]:
    """Return the listed posts that are related to `post`, best first, at most about a hundred.

    Return none if it is not listed itself. A score is the same in both directions.
    """
    if not Post.objects.published().filter(pk=post).exists():
        return []
    weights = dict(Keyword.objects.filter(post=post).values_list("term", "weight"))
    tags = _tag_weights(post)
    promising = _best(_with_keywords(post, weights)) + _best(_newest_with_tags(post, tags))
    listed = Post.objects.published().filter(pk__in=promising).values_list("pk", flat=True)
    similarity, distance = _similarity(promising, weights), _tag_distance(promising, tags)
    scored = [
        RelatedPost(pk, 1 - (1 - similarity.get(pk, 0)) * distance.get(pk, 1)) for pk in listed
    ]
    # UUIDs of version 7 sort by the creation time of the posts.
    scored.sort(key=lambda other: (other.score, other.post_id), reverse=True)
    return [other for other in scored if other.score >= _MIN_SCORE]


def _tag_weights(post: uuid.UUID) -> Scores:
    """Return the score of sharing each tag of `post`, except tags that all posts have."""
    total = Post.objects.published()[:_COUNTED].count()
    listed = PostTag.objects.filter(listed_at__isnull=False).order_by()
    tags = (
        listed.filter(post=post).order_by("position", "id").values_list("tag_id", flat=True)[:_TAGS]
    )
    counts = {tag: listed.filter(tag=tag)[:_COUNTED].count() for tag in tags}
    return {
        tag: _TAG * math.log(total / count) / math.log(total)
        for tag, count in counts.items()
        if 0 < count < total
    }


def _best(scores: Scores) -> list[uuid.UUID]:
    return heapq.nlargest(_COMPARED, scores, key=lambda post: (scores[post], post))


def _with_keywords(post: uuid.UUID, weights: dict[str, float]) -> Scores:
    """Return the posts with the highest weights for each keyword, with a preliminary score."""
    scores: Scores = defaultdict(float)
    for term, weight in weights.items():
        rows = Keyword.objects.filter(term=term).exclude(post=post).order_by("-weight")
        for other, other_weight in rows.values_list("post_id", "weight")[:_CANDIDATES]:
            scores[other] += weight * other_weight
    return scores


def _newest_with_tags(post: uuid.UUID, tags: Scores) -> Scores:
    """Return the newest posts with each of `tags`, with a preliminary score."""
    scores: Scores = defaultdict(float)
    for tag, score in tags.items():
        rows = PostTag.objects.filter(tag=tag, listed_at__isnull=False).exclude(post=post)
        newest = rows.order_by("-listed_at", "-post_id").values_list("post_id", flat=True)
        for other in newest[:_CANDIDATES]:
            scores[other] += score
    return scores


def _similarity(posts: list[uuid.UUID], weights: dict[str, float]) -> Scores:
    """Return the cosine similarity of keywords, for each of `posts` that shares any."""
    scores: Scores = defaultdict(float)
    # Filtered by post only: with `term__in`, SQLite would scan all posts with one of the terms.
    rows = Keyword.objects.filter(post__in=posts)
    for other, term, other_weight in rows.values_list("post_id", "term", "weight"):
        if term in weights:
            scores[other] += weights[term] * other_weight
    return scores


def _tag_distance(posts: list[uuid.UUID], tags: Scores) -> Scores:
    """Return for each of `posts` with tags the product of (1 - score) over its tags.

    1 means that no tag is shared; 0 that the tags prove the posts related.
    """
    distance: Scores = {}
    rows = PostTag.objects.filter(post__in=posts).order_by()
    for other, tag in rows.values_list("post_id", "tag_id"):
        distance[other] = distance.get(other, 1) * (1 - tags.get(tag, 0))
    return distance
