"""The cache probe finds stale pages: without any single tag rule, a page is stale."""

from itertools import chain

import pytest
from django.db import connection, models

from broadsheet.pagecache.sql import DIALECTS, EVENTS, TagRule, statements
from broadsheet.pagecache.triggers import watched
from tests.guarantees.staleness import by_actions, by_entry_points, by_rows, databases
from tests.guarantees.staleness.changes import Change
from tests.guarantees.staleness.conftest import CachedSite

pytestmark = pytest.mark.slow

type Model = type[models.Model]
CHANGES = [
    *chain(by_actions.CHANGES.values(), by_entry_points.CHANGES.values(), by_rows.CHANGES.values())
]
RULES = [(model, n) for model, rules in watched().items() for n in range(len(rules))]
#: Tags that a change wrote, by the name of the rule that wrote them: `posts.Post 3`.
type TagsByRule = dict[str, set[str]]


def rule_name(model: Model, number: int) -> str:
    return f"{model._meta.label} {number}"


def create_trace() -> None:
    """Add triggers that record the tags of each rule in a table of their own."""
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE trace (tag text, epoch bigint)")
        for model, rules in watched().items():
            for n, rule in enumerate(rules):
                insert = f"INTO trace (tag, epoch) SELECT '{rule_name(model, n)} ' || k,"
                for sql in statements(model, (rule,), connection.vendor):
                    own = sql.replace('_stamps"', f'_trace_{n}"')
                    cursor.execute(
                        own.replace("INTO pagecache_change (stamp, epoch) SELECT k,", insert)
                    )


def take_traced_tags() -> TagsByRule:
    tags: TagsByRule = {rule_name(*rule): set() for rule in RULES}
    with connection.cursor() as cursor:
        cursor.execute("SELECT tag FROM trace")
        for (line,) in cursor.fetchall():
            model, number, tag = line.split(" ")
            tags[f"{model} {number}"].add(tag)
        cursor.execute("DELETE FROM trace")
    return tags


def drop_rule(model: Model, number: int) -> None:
    """Install the triggers of a model without one rule."""
    rules = watched()[model]
    rest = (*rules[:number], *rules[number + 1 :])
    install_triggers(model, rest)


def install_triggers(model: Model, rules: tuple[TagRule, ...]) -> None:
    dialect = DIALECTS[connection.vendor]
    with connection.cursor() as cursor:
        if rules:
            for sql in statements(model, rules, connection.vendor):
                cursor.execute(sql)
            return
        for event in EVENTS:
            cursor.execute(dialect.drop(model._meta.db_table, event))


@pytest.fixture(scope="module")
def traced(_cached_site: CachedSite) -> list[tuple[Change, TagsByRule]]:
    """Tags that each rule writes, for each change."""
    _cached_site.reset()
    create_trace()
    database = databases.take_snapshot()
    traced = []
    for change in CHANGES:
        database.restore()
        change.apply(_cached_site.world)
        traced.append((change, take_traced_tags()))
    database.close()
    return traced


@pytest.mark.skipif(connection.vendor != "sqlite", reason="the rules are the same on PostgreSQL")
@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule_name(*rule))
def test_every_rule_is_needed(
    cached_site: CachedSite, traced: list[tuple[Change, TagsByRule]], rule: tuple[Model, int]
) -> None:
    assert any(
        is_needed(cached_site, change, tags_by_rule, rule) for change, tags_by_rule in traced
    ), "this rule is superfluous: delete it, or add a change that needs it"


def is_needed(
    cached_site: CachedSite, change: Change, tags_by_rule: TagsByRule, rule: tuple[Model, int]
) -> bool:
    """Return whether a page is stale after the change without the rule."""
    own = tags_by_rule[rule_name(*rule)]
    rest = set().union(*(tags for name, tags in tags_by_rule.items() if name != rule_name(*rule)))
    probe, snapshot = cached_site.probe, cached_site.snapshot
    dependent = [
        url
        for url in snapshot.cached
        if own & (tags := probe.tags(snapshot, url)) and not rest & tags
    ]
    if not dependent:
        return False
    cached_site.reset()
    drop_rule(*rule)
    change.apply(cached_site.world)
    return bool(probe.compare(snapshot, dependent).stale)


def test_nothing_is_stale_with_all_rules(cached_site: CachedSite) -> None:
    change = by_actions.CHANGES["edit title"]
    change.apply(cached_site.world)
    assert cached_site.probe.compare(cached_site.snapshot).stale == set()


def test_the_probe_reads_cached_pages_and_renders_them_again(cached_site: CachedSite) -> None:
    assert len(cached_site.snapshot.cached) > 70
    assert cached_site.probe.is_filled(cached_site.snapshot)
    comparison = cached_site.probe.compare(cached_site.snapshot)
    assert comparison.cached == set(cached_site.snapshot.cached)
    assert comparison.changed == set()
    cached_site.probe.clear()
    assert cached_site.probe.compare(cached_site.snapshot, ["/", "/jam"]).cached == set()


UNCHANGED_URLS = {
    "edit title": {
        "/@fred",
        "/tag/lonely",
        "/story-9",
        "/sitemap-posts-2025-12.xml",
        "/series/solo",
    },
    "edit content": {"/sitemap.xml", "/sitemap-pages.xml", "/lone", "/@fred", "/tag/lonely"},
    "publish draft": {
        "/tag/lonely",
        "/story-9",
        "/sitemap-posts-2025-12.xml",
        "/lone",
        "/@fred",
    },
    "edit an unlisted post": {"/", "/archive", "/jam", "/rss.xml", "/@fred"},
    "edit a draft": {"/", "/archive", "/jam", "/api/v1/posts"},
    "edit profile bio": {"/@bob", "/@fred", "/fred", "/tag/lonely"},
    "upload": {"/", "/jam"},
    "change private data of an account": {"/@ada", "/", "/api/v1/users"},
    "relate all": {"/sitemap.xml", "/sitemap-pages.xml", "/sitemap-posts-2026-06.xml"},
}


@pytest.mark.parametrize("name", UNCHANGED_URLS)
def test_unrelated_pages_stay_cached_after_a_change(cached_site: CachedSite, name: str) -> None:
    by_actions.CHANGES[name].apply(cached_site.world)
    comparison = cached_site.probe.compare(cached_site.snapshot)
    assert UNCHANGED_URLS[name] - comparison.cached == set()
