"""Row locks for actions: lock, check, change, return the locked object."""

from django.db.models import Model


def lock[M: Model](row: M) -> M:
    """Return `row` as it is in the database, locked until the transaction ends.

    Raises DoesNotExist. On SQLite, which has no row locks, write transactions exclude each other.
    """
    model = row.__class__  # `request.user` is a lazy object; its type() is not a model
    return model._default_manager.select_for_update().get(pk=row.pk)  # noqa: SLF001 - Django's public API
