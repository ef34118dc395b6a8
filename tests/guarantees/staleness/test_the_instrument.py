"""The proof would notice: with any one rule left out, something is stale, and it is found."""

from itertools import chain

import pytest
from django.db import connection, models

from broadsheet.pagecache.sql import DIALECTS, EVENTS, TagRule, statements
from broadsheet.pagecache.triggers import watched
from tests.guarantees.staleness import by_actions, by_doors, by_rows, databases
from tests.guarantees.staleness.conftest import Stage
from tests.guarantees.staleness.deeds import Deed

pytestmark = pytest.mark.slow

type Model = type[models.Model]
DEEDS = [*chain(by_actions.DEEDS.values(), by_doors.DEEDS.values(), by_rows.DEEDS.values())]
RULES = [(model, n) for model, rules in watched().items() for n in range(len(rules))]
#: What a deed wrote, by the place of the rule that wrote it: `posts.Post 3`.
type Written = dict[str, set[str]]


def called(model: Model, number: int) -> str:
    return f"{model._meta.label} {number}"


def trace() -> None:
    """Let each rule by itself write down what it stands for."""
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE trace (stamp text, epoch bigint)")
        for model, rules in watched().items():
            for n, rule in enumerate(rules):
                said = f"INTO trace (stamp, epoch) SELECT '{called(model, n)} ' || k,"
                for sql in statements(model, (rule,), connection.vendor):
                    own = sql.replace('_stamps"', f'_trace_{n}"')
                    cursor.execute(
                        own.replace("INTO pagecache_change (stamp, epoch) SELECT k,", said)
                    )


def written() -> Written:
    found: Written = {called(*rule): set() for rule in RULES}
    with connection.cursor() as cursor:
        cursor.execute("SELECT stamp FROM trace")
        for (line,) in cursor.fetchall():
            model, number, tag = line.split(" ")
            found[f"{model} {number}"].add(tag)
        cursor.execute("DELETE FROM trace")
    return found


def leave_out(model: Model, number: int) -> None:
    """Take one rule out of what the database writes by itself."""
    rules = watched()[model]
    rest = (*rules[:number], *rules[number + 1 :])
    install(model, rest)


def install(model: Model, rules: tuple[TagRule, ...]) -> None:
    dialect = DIALECTS[connection.vendor]
    with connection.cursor() as cursor:
        if rules:
            for sql in statements(model, rules, connection.vendor):
                cursor.execute(sql)
            return
        for event in EVENTS:
            cursor.execute(dialect.drop(model._meta.db_table, event))


@pytest.fixture(scope="module")
def traced(_stage: Stage) -> list[tuple[Deed, Written]]:
    """What each rule writes at each deed."""
    _stage.reset()
    trace()
    tracing = databases.held()
    found = []
    for deed in DEEDS:
        tracing.restore()
        deed.do(_stage.world)
        found.append((deed, written()))
    tracing.close()
    return found


@pytest.mark.skipif(connection.vendor != "sqlite", reason="the rules are the same on PostgreSQL")
@pytest.mark.parametrize("place", RULES, ids=lambda place: called(*place))
def test_no_rule_can_be_left_out(
    stage: Stage, traced: list[tuple[Deed, Written]], place: tuple[Model, int]
) -> None:
    assert any(is_missed(stage, deed, wrote, place) for deed, wrote in traced), (
        "no one would miss this rule: leave it out, or try what needs it"
    )


def is_missed(stage: Stage, deed: Deed, wrote: Written, place: tuple[Model, int]) -> bool:
    """Whether a page is stale after the deed without the rule."""
    own = wrote[called(*place)]
    rest = set().union(*(keys for name, keys in wrote.items() if name != called(*place)))
    instrument, warm = stage.instrument, stage.warm
    hanging = [
        address
        for address in warm.kept
        if own & (tags := instrument.tags(warm, address)) and not rest & tags
    ]
    if not hanging:
        return False
    stage.reset()
    leave_out(*place)
    deed.do(stage.world)
    return bool(instrument.compare(warm, hanging).stale)


def test_it_finds_nothing_where_nothing_is_left_out(stage: Stage) -> None:
    deed = by_actions.DEEDS["edit title"]
    deed.do(stage.world)
    assert stage.instrument.compare(stage.warm).stale == set()


def test_it_reads_what_is_kept_before_and_what_is_made_after(stage: Stage) -> None:
    assert len(stage.warm.kept) > 70
    assert stage.instrument.is_warm(stage.warm)
    found = stage.instrument.compare(stage.warm)
    assert found.kept == set(stage.warm.kept)
    assert found.changed == set()
    stage.instrument.forget()
    assert stage.instrument.compare(stage.warm, ["/", "/jam"]).kept == set()


KEPT_WHERE = {
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
    "edit what is unlisted": {"/", "/archive", "/jam", "/rss.xml", "/@fred"},
    "edit a draft": {"/", "/archive", "/jam", "/api/v1/posts"},
    "edit profile bio": {"/@bob", "/@fred", "/fred", "/tag/lonely"},
    "upload": {"/", "/jam"},
    "what is between a person and the site": {"/@ada", "/", "/api/v1/users"},
    "relate all": {"/sitemap.xml", "/sitemap-pages.xml", "/sitemap-posts-2026-06.xml"},
}


@pytest.mark.parametrize("name", KEPT_WHERE)
def test_pages_that_have_nothing_to_do_with_a_change_stay(stage: Stage, name: str) -> None:
    by_actions.DEEDS[name].do(stage.world)
    found = stage.instrument.compare(stage.warm)
    assert KEPT_WHERE[name] - found.kept == set()
