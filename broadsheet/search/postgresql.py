"""The index in PostgreSQL: a weighted tsvector beside the text, under a GIN index."""

import re
import uuid

from django.db.backends.utils import CursorWrapper

from broadsheet.search import marks, wide
from broadsheet.search.documents import Document, Hit
from broadsheet.search.query import Query, Term

CREATE = (
    """CREATE TABLE search_document (id uuid PRIMARY KEY, title text NOT NULL, body text NOT NULL,
    tags text NOT NULL, words tsvector NOT NULL)""",
    "CREATE INDEX search_document_words ON search_document USING gin (words)",
)
DROP = ("DROP TABLE search_document",)

_ROOM = 850_000  # bytes for the different words of a document: a tsvector ends at 1 MB
_BETWEEN = re.compile(r"[\W_]+")
_HEADLINE = f"StartSel={marks.START}, StopSel={marks.END}"


def add(cursor: CursorWrapper, documents: list[Document]) -> None:
    """Add documents whose ids are not there."""
    cursor.executemany(
        "INSERT INTO search_document (id, title, body, tags, words) VALUES (%s, %s, %s, %s,"
        " setweight(to_tsvector('simple', %s), 'A') || setweight(to_tsvector('simple', %s), 'B')"
        " || setweight(to_tsvector('simple', %s), 'C')"
        " || setweight(to_tsvector('simple', %s), 'D'))",
        [_row(document) for document in documents],
    )


def _words(text: str) -> str:
    """Return `text` as words alone: PostgreSQL would read tags, hosts and paths in it."""
    return _BETWEEN.sub(" ", text)


def _row(document: Document) -> tuple[uuid.UUID | str, ...]:
    title, body, tags = document.title, document.body, document.tags
    pairs = wide.pairs(f"{title} {body}")
    indexed = [_words(text) for text in (title, tags, pairs, wide.without_runs(body))]
    return (document.id, title, body, tags, *_fitting(indexed))


def _fitting(texts: list[str]) -> list[str]:
    """Return as much of `texts` as one tsvector holds, from their beginnings."""
    room = _ROOM
    if sum(map(len, texts)) < room // 7:  # 4 bytes a sign, 5 a word
        return texts
    known: set[str] = set()
    fitting: list[str] = []
    for text in texts:
        kept: list[str] = []
        for word in text.split():
            if word not in known:
                room -= len(word.encode()) + 5
                if room < 0:
                    break
                known.add(word)
            kept.append(word)
        fitting.append(" ".join(kept))
    return fitting


def remove(cursor: CursorWrapper, ids: list[uuid.UUID]) -> None:
    """Take documents out."""
    cursor.execute("DELETE FROM search_document WHERE id = ANY(%s)", [ids])


def find(cursor: CursorWrapper, query: Query, limit: int, offset: int) -> list[Hit]:
    """Return what matches; headlines are made for the rows that are returned alone."""
    expression, words = _tsquery(query)
    cursor.execute(
        f"WITH asked AS (SELECT {expression} AS query), best AS ("  # noqa: S608 - bound words
        " SELECT id, title, body, query, ts_rank_cd(words, query, 1) AS score"
        " FROM search_document, asked WHERE words @@ query"
        " ORDER BY score DESC, id LIMIT %s OFFSET %s)"
        " SELECT id, ts_headline('simple', replace(title, '<', %s), query, %s),"
        " ts_headline('simple', replace(body, '<', %s), query, %s), title, body"
        " FROM best ORDER BY score DESC, id",
        [*words, limit, offset, marks.LESS, f"{_HEADLINE}, HighlightAll=true", marks.LESS,
         f"{_HEADLINE}, MaxWords=32, MinWords=16"],
    )  # fmt: skip
    return [_hit(query, *row) for row in cursor.fetchall()]


def _hit(query: Query, id_: uuid.UUID, *texts: str) -> Hit:
    title, snippet, whole_title, body = texts
    if runs := query.wide_runs:
        title, snippet = wide.mark(whole_title, runs), wide.snippet(body, runs)
    return Hit(id_, marks.to_html(title), marks.to_html(snippet))


def _tsquery(query: Query) -> tuple[str, list[str]]:
    """Return an SQL expression of type tsquery and the words bound in it."""
    parts: list[str] = []
    words: list[str] = []
    for sign, terms in (("", query.terms), ("!!", query.excluded)):
        for term in terms:
            pieces = _pieces(term)
            parts.append(sign + "(" + " && ".join(sql for sql, _ in pieces) + ")")
            words += [word for _, word in pieces]
    return " && ".join(parts), words


def _pieces(term: Term) -> list[tuple[str, str]]:
    whole, beginning = "phraseto_tsquery('simple', %s)", "to_tsquery('simple', %s)"
    pieces = [
        (beginning, f"{_quoted(run)}:*") if len(run) == 1 else (whole, wide.phrase(run))
        for run in wide.runs(term.text)
    ]
    rest = _words(wide.without_runs(term.text)).strip()
    if rest:
        open_ = term.is_open and len(rest) > 1
        pieces.append((beginning, f"{_quoted(rest)}:*") if open_ else (whole, rest))
    return pieces


def _quoted(words: str) -> str:
    return "'" + words.replace("\\", " ").replace("'", "''") + "'"
