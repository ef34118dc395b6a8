"""The index: add and remove documents."""

import uuid
from collections.abc import Iterable
from itertools import batched

from django.db import connection, transaction

from broadsheet.search.backends import current_backend
from broadsheet.search.documents import Document

_BATCH_SIZE = 500


def put(documents: Iterable[Document]) -> None:
    """Add documents, or replace those with the same id, in the caller's transaction."""
    for batch in batched(documents, _BATCH_SIZE):
        by_id = {document.id: document.cleaned() for document in batch}
        with transaction.atomic(savepoint=False), connection.cursor() as cursor:
            current_backend().remove(cursor, list(by_id))
            current_backend().add(cursor, list(by_id.values()))


def add(documents: Iterable[Document]) -> None:
    """Add documents that are not in the index, in the caller's transaction."""
    for batch in batched(documents, _BATCH_SIZE):
        with transaction.atomic(savepoint=False), connection.cursor() as cursor:
            current_backend().add(cursor, [document.cleaned() for document in batch])


def remove(ids: Iterable[uuid.UUID]) -> None:
    """Remove documents, in the caller's transaction; unknown ids are ignored."""
    for batch in batched(ids, _BATCH_SIZE):
        with transaction.atomic(savepoint=False), connection.cursor() as cursor:
            current_backend().remove(cursor, list(batch))


def clear() -> None:
    """Remove all documents and the vocabulary."""
    with transaction.atomic(savepoint=False), connection.cursor() as cursor:
        for statement in current_backend().EMPTY:
            cursor.execute(statement)
