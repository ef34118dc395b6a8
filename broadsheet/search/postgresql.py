"""The index in PostgreSQL: weighted tsvectors under GIN indexes, and the order in time.

Letters lose their accents before they come here, so no extension is needed for that. Words are
stemmed by a dictionary without stop words: a title may consist of them.
"""

import uuid

from django.db.backends.utils import CursorWrapper

from broadsheet.search import vocabulary
from broadsheet.search.documents import Document, key_word
from broadsheet.search.words import split

# What is searched for is read from the index's own list of new rows too, so that stays short.
_GIN = "USING gin ({}) WITH (gin_pending_list_limit = 512)"
CREATE = (
    "CREATE TEXT SEARCH DICTIONARY search_stem (TEMPLATE = snowball, LANGUAGE = english)",
    "CREATE TEXT SEARCH CONFIGURATION search_words (COPY = simple)",
    "ALTER TEXT SEARCH CONFIGURATION search_words ALTER MAPPING FOR asciiword WITH search_stem",
    # `words` and `body` are kept beside the row, so that going through many rows is cheap.
    """CREATE TABLE search_document (number bigint NOT NULL, id uuid PRIMARY KEY,
    title text NOT NULL, subtitle text NOT NULL, tags text NOT NULL, heading tsvector NOT NULL,
    words tsvector NOT NULL, body text NOT NULL) WITH (toast_tuple_target = 256)""",
    """ALTER TABLE search_document ALTER title SET STORAGE MAIN, ALTER subtitle SET STORAGE MAIN,
    ALTER tags SET STORAGE MAIN, ALTER heading SET STORAGE MAIN, ALTER words SET STATISTICS 1000""",
    "CREATE INDEX search_document_newest ON search_document (number, id)",
    f"CREATE INDEX search_document_words ON search_document {_GIN.format('words')}",
    f"CREATE INDEX search_document_heading ON search_document {_GIN.format('heading')}",
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
DROP = (
    "DROP TABLE search_document",
    "DROP TABLE search_vocabulary",
    "DROP TEXT SEARCH CONFIGURATION search_words",
    "DROP TEXT SEARCH DICTIONARY search_stem",
)

EMPTY = ("TRUNCATE search_document, search_vocabulary",)

_ROOM = 850_000  # bytes for the different words of a document: a tsvector ends at 1 MB
_COLUMNS = "number, id, title, subtitle, tags, body, heading, words"
_VALUES = (
    "%s, %s, %s, %s, %s, %s, to_tsvector('search_words', %s) || array_to_tsvector(%s),"
    " setweight(to_tsvector('search_words', %s), 'A')"
    " || setweight(to_tsvector('search_words', %s), 'C')"
    " || setweight(to_tsvector('search_words', %s), 'B')"
    " || setweight(to_tsvector('search_words', %s), 'D') || array_to_tsvector(%s)"
)

type Words = list[str]
type Row = tuple[int | uuid.UUID | str | list[str], ...]


def add(cursor: CursorWrapper, documents: list[Document]) -> None:
    """Add documents whose ids are not there."""
    words = [[split(t) for t in (d.title, d.subtitle, d.tags, d.body)] for d in documents]
    cursor.executemany(
        f"INSERT INTO search_document ({_COLUMNS}) VALUES ({_VALUES})",  # noqa: S608 - columns
        [_row(*pair) for pair in zip(documents, words, strict=True)],
    )
    counts = vocabulary.count([word for text in texts for word in text] for texts in words)
    known = sorted(counts)
    # In one order, lest two transactions wait for each other; the frequent are not even locked.
    cursor.execute(
        "INSERT INTO search_vocabulary (word, documents)"
        " SELECT word, n FROM unnest(%s::text[], %s::integer[]) AS new (word, n)"
        " LEFT JOIN search_vocabulary old USING (word)"
        " WHERE old.documents IS NULL OR old.documents < %s ORDER BY word"
        " ON CONFLICT (word) DO UPDATE"
        " SET documents = search_vocabulary.documents + excluded.documents",
        [known, [counts[word] for word in known], vocabulary.FREQUENT],
    )


def _row(document: Document, words: list[Words]) -> Row:
    d, keys = document, list(map(key_word, document.keys))
    title, subtitle, tags, body = _fitting(words)
    texts = (d.title, d.subtitle, d.tags, d.body)
    return (d.place, d.id, *texts, title, keys, title, subtitle, tags, body, keys)


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
    cursor.execute("DELETE FROM search_document WHERE id = ANY(%s)", [ids])
