"""The index in PostgreSQL: weighted tsvectors under GIN indexes, and the order in time.

Letters lose their accents before they come here, so no extension is needed for that. Words are
stemmed by a dictionary without stop words: a title may consist of them.
"""

import uuid

from django.db.backends.utils import CursorWrapper

from broadsheet.search import vocabulary
from broadsheet.search.documents import Document, key_word
from broadsheet.search.words import split

# GIN's list of new rows is read with every search, so it stays short.
_GIN = "USING gin (words) WITH (gin_pending_list_limit = 512)"
# Words by themselves in short rows, the texts elsewhere: thousands of rows are read at a time.
_TABLES = ("search_document", "search_heading", "search_text")
CREATE = (
    "CREATE TEXT SEARCH DICTIONARY search_stem (TEMPLATE = snowball, LANGUAGE = english)",
    "CREATE TEXT SEARCH CONFIGURATION search_words (COPY = simple)",
    "ALTER TEXT SEARCH CONFIGURATION search_words ALTER MAPPING FOR asciiword WITH search_stem",
    """CREATE TABLE search_document (number bigint NOT NULL, id uuid PRIMARY KEY,
    words tsvector NOT NULL) WITH (toast_tuple_target = 128)""",
    """CREATE TABLE search_heading (number bigint NOT NULL, id uuid PRIMARY KEY,
    words tsvector NOT NULL)""",
    """CREATE TABLE search_text (id uuid PRIMARY KEY, title text NOT NULL, subtitle text NOT NULL,
    body text NOT NULL)""",
    "CREATE INDEX search_document_newest ON search_document (number, id)",
    "CREATE INDEX search_heading_newest ON search_heading (number, id)",
    f"CREATE INDEX search_document_words ON search_document {_GIN}",
    f"CREATE INDEX search_heading_words ON search_heading {_GIN}",
    "ALTER TABLE search_document ALTER words SET STATISTICS 1000",
    "ALTER TABLE search_heading ALTER words SET STATISTICS 1000",
    """CREATE TABLE search_vocabulary (word text COLLATE "C" PRIMARY KEY,
    documents integer NOT NULL)""",
    # Owners of a database may create this extension; where they may not, it goes without.
    """DO $$ BEGIN
        CREATE EXTENSION IF NOT EXISTS pg_trgm;
        CREATE INDEX search_vocabulary_trigrams ON search_vocabulary USING gin (word gin_trgm_ops);
    EXCEPTION WHEN OTHERS THEN
        RAISE NOTICE USING MESSAGE = 'Without pg_trgm, fewer misspelt words are known: ' || SQLERRM;
    END $$""",
)
EMPTY = (f"TRUNCATE {', '.join(_TABLES)}, search_vocabulary",)

_ROOM = 850_000  # bytes for the different words of a document: a tsvector ends at 1 MB
_WORDS = (
    "setweight(to_tsvector('search_words', %s), 'A')"
    " || setweight(to_tsvector('search_words', %s), 'C')"
    " || setweight(to_tsvector('search_words', %s), 'B')"
    " || setweight(to_tsvector('search_words', %s), 'D') || array_to_tsvector(%s)"
)
_HEADING = "to_tsvector('search_words', %s) || array_to_tsvector(%s)"

type Words = list[str]
type Row = tuple[int | uuid.UUID | str | list[str], ...]


def add(cursor: CursorWrapper, documents: list[Document]) -> None:
    """Add documents whose ids are not there."""
    words = [[split(t) for t in (d.title, d.subtitle, d.tags, d.body)] for d in documents]
    rows = [_row(*pair) for pair in zip(documents, words, strict=True)]
    cursor.executemany(
        f"INSERT INTO search_document (number, id, words) VALUES (%s, %s, {_WORDS})",  # noqa: S608
        rows,
    )
    cursor.executemany(
        f"INSERT INTO search_heading (number, id, words) VALUES (%s, %s, {_HEADING})",  # noqa: S608
        [(*row[:3], row[-1]) for row in rows],
    )
    cursor.executemany(
        "INSERT INTO search_text (id, title, subtitle, body) VALUES (%s, %s, %s, %s)",
        [(d.id, d.title, d.subtitle, d.body) for d in documents],
    )
    counts = vocabulary.count([word for text in texts for word in text] for texts in words)
    known = sorted(counts)
    # In one order, lest two transactions wait for each other; the frequent are hardly ever locked.
    cursor.execute(
        "INSERT INTO search_vocabulary (word, documents)"
        " SELECT word, n * greatest(1, old.documents / 8)"
        " FROM unnest(%s::text[], %s::integer[]) AS new (word, n)"
        " LEFT JOIN search_vocabulary old USING (word)"
        " WHERE old.documents IS NULL OR old.documents < %s"
        " OR old.documents < %s AND random() < 1.0 / greatest(1, old.documents / 8) ORDER BY word"
        " ON CONFLICT (word) DO UPDATE"
        " SET documents = search_vocabulary.documents + excluded.documents",
        [known, [counts[word] for word in known], vocabulary.EXACT, vocabulary.FREQUENT],
    )


def _row(document: Document, words: list[Words]) -> Row:
    """Return the document's place, id, title, subtitle, tags, body and keys, as indexed."""
    keys = list(map(key_word, document.keys))
    return (document.place, document.id, *_fitting(words), keys)


def _fitting(texts: list[Words]) -> list[str]:
    """Return as much of `texts` as one tsvector holds, from their beginnings."""
    room = _ROOM
    if sum(len(word) for words in texts for word in words) < room // 9:  # 4 bytes a sign, 5 a word
        return [" ".join(words) for words in texts]
    known: set[str] = set()
    fitting: list[str] = []
    for words in texts:
        kept: list[str] = []
        for word in words:
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
    for table in _TABLES:
        cursor.execute(f"DELETE FROM {table} WHERE id = ANY(%s)", [ids])  # noqa: S608 - its name
