"""Finding documents: matching, ranking, and marked titles and snippets."""

import datetime as dt
import uuid
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from broadsheet import search
from broadsheet.search import Document
from broadsheet.search.searching import MAX_POSITION
from tests.examples import examples

pytestmark = pytest.mark.django_db


START = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)


def put(
    title: str = "", body: str = "", tags: str = "", number: int = 0, day: int = 0, **more: Any
) -> uuid.UUID:
    """Add one document to the index and return its id."""
    id_ = uuid.UUID(int=number) if number else uuid.uuid4()
    search.put([Document(id_, title, body, tags, at=START + dt.timedelta(days=day), **more)])
    return id_


def ids(query: str) -> list[uuid.UUID]:
    return [hit.id for hit in search.find(query)]


def test_a_document_is_found_by_words_of_its_title_body_and_tags() -> None:
    id_ = put("A quiet morning", "The kettle sings in the kitchen", "tea breakfast")
    put("Something else", "entirely")
    for query in ("quiet", "KETTLE", "breakfast", "morning kitchen", "the tea"):
        assert ids(query) == [id_], query


def test_all_words_must_occur() -> None:
    put("A quiet morning")
    assert ids("quiet evening") == []


def test_the_last_word_may_be_a_prefix() -> None:
    id_ = put("Deployment without tears")
    assert ids("deplo") == [id_]
    assert ids("without tea") == [id_]
    assert ids("deplo without") == []


@pytest.mark.parametrize("query", ["cafe creme", "café crème", "CAFÉ", "cafe\u0301", "crème caf"])
def test_accents_are_ignored(query: str) -> None:
    id_ = put("Café crème")
    assert ids(query) == [id_]


@pytest.mark.parametrize("query", ["gardening", "garden", "gardens", "Gardener's", "gardeni"])
def test_other_forms_of_a_word_are_found(query: str) -> None:
    id_ = put("", "On gardening, gardens and the gardener")
    assert ids(query) == [id_]


def test_words_in_code_urls_and_html_tags_are_found() -> None:
    id_ = put(
        "", "json.dumps(snake_case) at https://a.example/some/path.html <script>inner</script>"
    )
    for query in ("dumps", "json.dumps", "snake", "path", "inner", "example/some"):
        assert ids(query) == [id_], query


def test_quoted_words_match_as_a_phrase() -> None:
    phrase = put("", "a red green blue flag")
    put("", "a green red flag")
    assert ids('"red green"') == [phrase]
    assert ids('"red green') == [phrase]


def test_documents_with_a_word_after_a_minus_are_excluded() -> None:
    python = put("Python for gardeners")
    put("Python for snakes")
    assert ids("python -snakes") == [python]
    assert ids('python -"for snakes"') == [python]
    assert ids("-snakes") == []


def test_titles_rank_above_tags_and_tags_above_text() -> None:
    filler = "one two three four five six seven"
    in_body = put(filler, f"{filler} zebra", filler, 1)
    in_tags = put(filler, filler, f"{filler} zebra", 2)
    in_title = put(f"{filler} zebra", filler, filler, 3)
    assert ids("zebra") == [in_title, in_tags, in_body]


def test_documents_of_equal_rank_are_sorted_newest_first() -> None:
    days = {n: put("same words", number=n, day=n) for n in (5, 3, 9, 1)}
    assert ids("same") == [days[9], days[5], days[3], days[1]]


def test_matches_are_marked_and_other_text_is_escaped() -> None:
    put(
        "Tags <b> & more",
        "Before " + "filler " * 60 + "the <script>needle</script> lies" + " x" * 60,
    )
    (hit,) = search.find("needle")
    assert hit.title == "Tags &lt;b&gt; &amp; more"
    assert "<mark>needle</mark>&lt;/script&gt;" in hit.snippet
    assert len(hit.snippet) < 400
    assert search.find("tags")[0].title.startswith("<mark>Tags</mark> &lt;b&gt;")


def test_other_forms_of_the_query_are_marked() -> None:
    put("Bodies", "Filler. " * 90 + "It bódied forth")
    (hit,) = search.find("body")
    assert hit.title == "<mark>Bodies</mark>"
    assert "<mark>bódied</mark> forth" in hit.snippet


def test_marker_characters_in_a_document_are_removed() -> None:
    put("\ue000plain\ue001 words", "\ue000body\ue001 \x00 \ud800")
    assert search.find("words")[0].title == "plain <mark>words</mark>"


@pytest.mark.parametrize("query", ["日本", "日本語", "朝", "勉強 日本", "本語を", '"日本語を勉強"'])
def test_chinese_japanese_and_korean_words_are_found_in_a_sentence(query: str) -> None:
    id_ = put("私の一日", "毎朝、日本語を勉強しています。")
    put("別の日", "英語を勉強しません。本日は晴天")
    assert ids(query) == [id_]


def test_a_snippet_shows_the_match_in_japanese_text() -> None:
    put("私の一日", "前" * 300 + "日本語を勉強" + "後" * 300)
    (hit,) = search.find("日本語")
    assert "<mark>日本語</mark>を勉強" in hit.snippet
    assert len(hit.snippet) < 150


def test_latin_words_next_to_other_scripts_are_found() -> None:
    id_ = put("Python入門 第2版", "한국어로 쓴 글")
    assert ids("python") == ids("入門 python") == ids("Python入門") == ids("한국어") == [id_]


def test_results_begin_at_the_offset() -> None:
    ids = [put("same words", number=n, day=-n) for n in range(1, 8)]
    assert [h.id for h in search.find("same", limit=3, offset=3)] == ids[3:6]


def test_there_are_no_results_beyond_the_maximum_position() -> None:
    put("same words")
    assert search.find("same", offset=MAX_POSITION) == search.find("same", offset=10**12) == []
    assert search.find("same", limit=10**12) != []
    assert search.find("same", offset=-1) == search.find("same", limit=0) == []


@pytest.mark.parametrize(
    "query", ["", " ", '"', '""', "-", "*", "()", "NEAR(", "a:b", "AND", "-a", "\x00"]
)
def test_unusual_queries_cause_no_error(query: str) -> None:
    put("AND NEAR a b")
    search.find(query)


def test_operators_of_query_languages_are_plain_words() -> None:
    id_ = put("Salt AND pepper NEAR or NOT here")
    assert ids("and near not") == [id_]
    assert ids("title:salt") == []


@settings(max_examples=examples(300), deadline=None)
@given(
    st.text()
    | st.text(alphabet="ab\"'-*():^{}&|!<>\\ 日語")
    | st.from_regex(r'(-?"?[a日\']+"?\*? ?){1,5}')
)
def test_any_text_is_a_valid_query(query: str) -> None:
    assert search.find(query) == []


@settings(max_examples=examples(100), deadline=None)
@given(st.text(), st.text(), st.text(alphabet="ab日 <>&\ue000"))
def test_any_text_can_be_added_found_and_removed(title: str, body: str, tags: str) -> None:
    id_ = put(f"{title} findme", body, tags, 77)
    (hit,) = search.find("findme")
    assert hit.title.count("<mark>") == hit.title.count("</mark>") >= 1
    search.remove([id_])
    assert search.find("findme") == []


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("A \uff43\uff41\uff46\uff45 here", "cafe"),
        ("A cafe here", "\uff43\uff41\uff46\uff45"),
        ("The \ufb01nance page", "finance"),
        ("The finance page", "\ufb01nance"),
        ("The \ufb01nance page", "\ufb01nance"),
        ("\uff76\uff85 letters", "\u30ab\u30ca"),
        ("Only x\u00b2 grows", "x2"),
    ],
)
def test_fullwidth_letters_and_ligatures_match_plain_letters(text: str, query: str) -> None:
    in_title, in_body = put(text), put("Another", text)
    assert set(ids(query)) == {in_title, in_body}
    titles = {hit.title for hit in search.find(query)}
    assert {title.replace("<mark>", "").replace("</mark>", "") for title in titles} == {
        text,
        "Another",
    }
