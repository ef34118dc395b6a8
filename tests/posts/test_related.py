"""Related posts, computed in the background after changes."""

import datetime as dt
import itertools
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django_ox.models import OxTask

from broadsheet.accounts.models import User
from broadsheet.pagecache.models import Change
from broadsheet.posts import actions, cache_tags, tasks
from broadsheet.posts.actions.keywords import YOUNG
from broadsheet.posts.actions.related_scoring import score_related
from broadsheet.posts.models import Keyword, Post, Related, RelatedPostsJob

LATEST = dt.datetime(2026, 6, 1, 12, tzinfo=dt.UTC)

TOPICS = {
    "Bread": "dough flour yeast oven crust sourdough knead loaf starter hydration",
    "Sailing": "mast hull keel rigging harbour tide wind spinnaker anchor regatta",
    "Databases": "index query transaction table planner vacuum replica lock schema join",
    "Astronomy": "telescope nebula galaxy orbit comet lens eclipse spectrum planet star",
    "Gardening": "soil compost seedling pruning mulch tomato trellis slug watering bloom",
}
FILLER = "the and of to in a that is was he for it with as his on be at by had not are but from or"


def text(topic: str, number: int) -> str:
    """Return a text on `topic`, mostly of filler words; each `number` gives another text."""
    words = TOPICS[topic].split()
    chosen = [words[(number * 3 + n) % len(words)] for n in range(6)]
    return " ".join(
        f"{filler} {word}" for filler, word in zip(FILLER.split() * 2, chosen * 8, strict=False)
    )


def publish(by: User, *posts: dict[str, Any]) -> list[Post]:
    return actions.create_many(
        [
            {"status": "published", "pub_date": LATEST - dt.timedelta(hours=n), **post}  # type: ignore[typeddict-item]
            for n, post in enumerate(posts)
        ],
        by=by,
    )


def relate_all() -> None:
    """Process all queued posts, as the worker does."""
    while actions.relate_some():
        pass
    assert not RelatedPostsJob.objects.exists()


def related(post: Post) -> list[Post]:
    return [row.other for row in Related.objects.filter(post=post).select_related("other")]


@pytest.fixture
def library(author: User) -> dict[str, list[Post]]:
    """Four posts on each of five topics, in alternating order, all with the same tag."""
    numbered = list(itertools.product(range(4), TOPICS))
    posts = publish(
        author,
        *(
            {"title": f"Notes, part {n}", "content": text(topic, n), "tags": ["Python"]}
            for n, topic in numbered
        ),
    )
    relate_all()
    return {
        topic: [p for p, (_n, its) in zip(posts, numbered, strict=True) if its == topic]
        for topic in TOPICS
    }


@pytest.mark.slow
def test_only_the_text_counts_if_all_posts_have_the_same_tag(
    library: dict[str, list[Post]],
) -> None:
    for posts in library.values():
        for post in posts:
            assert set(related(post)) == set(posts) - {post}


def test_keywords_are_words_that_are_not_in_all_posts(library: dict[str, list[Post]]) -> None:
    words = set(Keyword.objects.filter(post=library["Bread"][0]).values_list("term", flat=True))
    assert words <= {word.removesuffix("s") for word in TOPICS["Bread"].split()}


def test_only_rare_tags_count_if_the_texts_have_no_keywords(author: User) -> None:
    tags = [["Python", "Wine"], ["Python", "Wine"], ["Python", "Cars"], ["Python", "Cars"]]
    posts = publish(author, *({"title": "Notes", "content": FILLER, "tags": t} for t in tags))
    relate_all()
    assert [related(post) for post in posts] == [[posts[n]] for n in (1, 0, 3, 2)]


def test_a_rare_tag_counts_more_than_a_frequent_one(author: User) -> None:
    tags = [["Food", "Wine"], ["Food"], ["Food"], ["Food"], ["Wine"], ["Cars"], ["Cars"]]
    posts = publish(author, *({"title": "Notes", "tags": t} for t in tags))
    relate_all()
    assert related(posts[0])[0] == posts[4]
    assert set(related(posts[0])[1:]) == set(posts[1:4])


def test_a_new_post_and_its_related_posts_are_related_both_ways(
    author: User, library: dict[str, list[Post]]
) -> None:
    new = actions.create(by=author, title="Notes, the last", content=text("Sailing", 2))
    relate_all()
    assert not related(new), "a draft has none"
    actions.publish(new, by=author)
    assert OxTask.objects.filter(task_path="broadsheet.posts.tasks.relate").exists()
    relate_all()
    assert set(related(new)) == set(library["Sailing"])
    assert all(new in related(post) for post in library["Sailing"])
    assert all(new not in related(post) for post in library["Bread"])


@pytest.mark.slow
def test_an_edit_changes_the_related_posts(author: User, library: dict[str, list[Post]]) -> None:
    post = library["Sailing"][0]
    actions.edit(post, by=author, version=1, content=text("Bread", 1))
    relate_all()
    assert set(related(post)) == set(library["Bread"])
    assert all(post not in related(other) for other in library["Sailing"][1:])
    assert all(post in related(other) for other in library["Bread"])


@pytest.mark.slow
@pytest.mark.parametrize("withdraw", ["unlist", "archive", "unpublish", "delete"])
def test_a_post_that_is_no_longer_listed_is_related_to_no_post(
    author: User, library: dict[str, list[Post]], withdraw: str
) -> None:
    post, *others = library["Sailing"]
    getattr(actions, withdraw)(post, by=author)
    relate_all()
    assert not related(post)
    assert not Keyword.objects.filter(post=post).exists()
    assert all(post not in related(other) for other in others)


@pytest.mark.slow
def test_an_edit_does_not_rewrite_rows_of_unaffected_posts(
    author: User, library: dict[str, list[Post]]
) -> None:
    bread = [post.pk for post in library["Bread"]]
    rows = list(Related.objects.filter(post__in=bread).values_list("pk", flat=True))
    actions.edit(library["Sailing"][0], by=author, version=1, content=text("Sailing", 9))
    relate_all()
    assert list(Related.objects.filter(post__in=bread).values_list("pk", flat=True)) == rows


def invalidated_by(action: Callable[[], object]) -> set[str]:
    Change.objects.all().delete()
    action()
    return set(Change.objects.values_list("tag", flat=True))


@pytest.mark.slow
def test_a_page_is_invalidated_only_if_its_related_posts_change(
    author: User, library: dict[str, list[Post]]
) -> None:
    first, second, *_rest = library["Sailing"]
    pages = {topic: {cache_tags.post(post.pk) for post in library[topic]} for topic in TOPICS}
    unlisted = invalidated_by(lambda: actions.unlist(first, by=author))
    assert pages["Sailing"] <= unlisted, "they showed it until now"
    assert pages["Sailing"] <= invalidated_by(lambda: actions.publish(first, by=author))
    assert invalidated_by(relate_all) == set(), "all is as it was"
    actions.edit(second, by=author, version=1, content=text("Bread", 1))
    invalidated = invalidated_by(relate_all)
    assert pages["Sailing"] | pages["Bread"] <= invalidated
    assert not pages["Astronomy"] & invalidated


@pytest.mark.slow
def test_a_post_that_changes_during_scoring_is_scored_again(
    author: User, library: dict[str, list[Post]], monkeypatch: pytest.MonkeyPatch
) -> None:
    post = library["Sailing"][0]
    actions.request_related([post.pk])
    original = score_related

    def score_during_an_edit(pk: Any) -> Any:
        result = original(pk)
        monkeypatch.setattr("broadsheet.posts.actions.related.score_related", original)
        actions.edit(post, by=author, version=1, content=text("Bread", 1))
        return result

    monkeypatch.setattr("broadsheet.posts.actions.related.score_related", score_during_an_edit)
    relate_all()
    assert set(related(post)) == set(library["Bread"])


@pytest.mark.slow
def test_an_import_is_one_task_per_batch_and_keywords_come_first(author: User) -> None:
    posts = publish(author, *({"title": f"N {n}", "content": text("Bread", n)} for n in range(90)))
    publish(author, {"title": "Other", "content": text("Sailing", 1)})
    assert OxTask.objects.filter(task_path="broadsheet.posts.tasks.relate").count() == 2
    actions.relate_some()
    assert Keyword.objects.values("post").distinct().count() == len(posts) + 1 > YOUNG
    relate_all()
    assert all(len(related(post)) == 6 for post in posts)


def test_a_task_stops_at_its_time_limit_and_another_continues(
    author: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    posts = publish(author, *({"title": f"N {n}", "content": text("Bread", n)} for n in range(3)))
    monkeypatch.setattr(tasks, "SECONDS_PER_JOB", -1)
    calls = 0
    while RelatedPostsJob.objects.exists():
        tasks.relate.call()
        calls += 1
    assert OxTask.objects.filter(task_path="broadsheet.posts.tasks.relate").count() == 1 + calls
    assert calls > 1
    publish(author, {"title": "N 4", "content": text("Sailing", 4)})
    monkeypatch.setattr(tasks, "SECONDS_PER_JOB", 60)
    tasks.relate.call()
    assert not RelatedPostsJob.objects.exists()
    assert all(related(post) for post in posts)


@pytest.mark.slow
def test_the_command_computes_related_posts_of_all_posts(
    library: dict[str, list[Post]], capsys: pytest.CaptureFixture[str]
) -> None:
    Related.objects.all().delete()
    Keyword.objects.all().delete()
    call_command("relate")
    assert capsys.readouterr().out == "Related posts are computed for 20 posts.\n"
    assert set(related(library["Bread"][0])) == set(library["Bread"][1:])


@pytest.mark.slow
def test_the_number_of_queries_does_not_depend_on_the_number_of_posts(author: User) -> None:
    def scoring_queries() -> list[str]:
        [post] = publish(author, {"title": "Notes", "content": text("Bread", 1), "tags": ["x"]})
        relate_all()
        with CaptureQueriesContext(connection) as queries:
            assert score_related(post.pk)
        return [query["sql"] for query in queries]

    numbered = range(YOUNG + 10)
    publish(author, *({"title": f"N {n}", "content": text("Bread", n)} for n in numbered))
    few = scoring_queries()
    publish(author, *({"title": f"M {n}", "content": text("Sailing", n)} for n in numbered))
    many = scoring_queries()
    assert len(many) <= len(few) + 1 < 30
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            for sql in many:
                cursor.execute(f"EXPLAIN QUERY PLAN {sql}")
                plan = [row[3] for row in cursor.fetchall()]
                assert not [step for step in plan if re.match(r"SCAN posts_\w+$", step)]
                sorts = [step for step in plan if "TEMP B-TREE" in step]
                assert not sorts or "LIMIT 10" in sql, "only its own few tags are sorted"


@pytest.mark.slow
@pytest.mark.parametrize(
    "content",
    [
        "",
        "1 2 3 . , !",
        "データベースの索引は検索を速くします。" * 3,
        "数据库索引加快查询速度" * 3,
        "데이터베이스 인덱스는 검색을 빠르게 합니다 " * 3,
        "قواعد البيانات والفهارس تسرع البحث " * 3,
        "ฐานข้อมูลดัชนีช่วยให้ค้นหาเร็วขึ้น" * 3,
        "L\u2019été à Besançon, l'hôtel et l\u2019école. " * 3,
        "a" * 5_000,
        "😀" * 500,
    ],
)
def test_texts_in_any_script_have_related_posts(author: User, content: str) -> None:
    posts = publish(
        author,
        *({"title": "1", "content": content} for _ in range(2)),
        *({"title": f"{n}", "content": text("Bread", n)} for n in range(5)),
    )
    relate_all()
    assert related(posts[0]) == ([posts[1]] if any(map(str.isalpha, content)) else [])
