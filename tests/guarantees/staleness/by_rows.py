"""Changes without any action: every way in which a row can be written."""

import datetime as dt
from collections.abc import Callable, Iterator
from typing import Any

from django.db import connection, models, transaction

from broadsheet.accounts.models import User
from broadsheet.lib.ids import uuid7
from broadsheet.media.models import Image
from broadsheet.posts.models import Authorship, Post, PostTag, Related
from broadsheet.publication.models import Site
from tests.guarantees.staleness import by_columns
from tests.guarantees.staleness.by_columns import INVISIBLE, VISIBLE_ROWS, Model
from tests.guarantees.staleness.changes import Changes
from tests.guarantees.staleness.world import DAY, NOON, World

CHANGES = Changes(by_columns.CHANGES)

_STATUS_CHANGES = {
    "the only post of a series is unlisted": ("lone", {"status": "unlisted"}),
    "the only post of a series leaves it": ("lone", {"series": None}),
    "the only post with a tag is deleted": ("hidden", {"deleted_at": NOON}),
    "a draft with rows of a listed post is published": ("withdrawn", {"status": "published"}),
    "a post becomes the oldest": ("jam", {"pub_date": NOON - 900 * DAY}),
}
for _name, (_post, _changed) in _STATUS_CHANGES.items():
    CHANGES.add(
        f"posts.Post: {_name}",
        [],
        lambda world, post=_post, changed=_changed: Post.objects.filter(  # type: ignore[misc]
            pk=world.posts[post].pk
        ).update(**changed),
    )


def copy(model: Model, world: World) -> models.Model:
    """Return a copy of a visible row that can be inserted."""
    row: Any = model._default_manager.get(pk=VISIBLE_ROWS[model][0](world))
    row.pk = uuid7() if isinstance(model._meta.pk, models.UUIDField) else None
    row._state.adding = True
    for field in model._meta.concrete_fields:
        if (field.unique or field.name == "email") and not field.primary_key:
            setattr(row, field.name, f"copy{getattr(row, field.name)}"[-60:])
    alone = {PostTag: ("tag_id", world.tags["empty"].pk),
             Authorship: ("user_id", world.users.silent_author.pk),
             Related: ("other_id", world.posts["bread"].pk)}  # fmt: skip
    if model in alone:
        setattr(row, *alone[model])
    if model is User:
        row.username = "renamed"
    return row  # type: ignore[no-any-return]


def _insert(model: Model) -> Callable[[World], object]:
    return lambda world: model._default_manager.bulk_create([copy(model, world)])


def _delete(model: Model) -> Callable[[World], object]:
    return lambda world: model._default_manager.filter(pk=VISIBLE_ROWS[model][0](world)).delete()


def _delete_by_sql(model: Model) -> Callable[[World], object]:
    """Delete the row and what refers to it, without Django."""

    def do(world: World) -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            own: Any = model._meta.pk
            row = world.users.silent_author.pk if model is User else VISIBLE_ROWS[model][0](world)
            pk = own.get_db_prep_value(row, connection)
            for sql in _detach(model):
                cursor.execute(sql, [pk])
            table = model._meta.db_table
            cursor.execute(f'DELETE FROM "{table}" WHERE id = %s', [pk])

    return do


def _detach(model: Model) -> Iterator[str]:
    """Yield SQL that removes all references to a row."""
    everything: Any = model._meta.get_fields(include_hidden=True)
    for relation in (f for f in everything if f.one_to_many or f.one_to_one):
        if not relation.auto_created or relation.concrete:
            continue
        table, column = relation.related_model._meta.db_table, relation.field.column
        at = f'WHERE "{column}" = %s'
        is_loose = relation.field.null
        yield (
            f'UPDATE "{table}" SET "{column}" = NULL {at}'
            if is_loose
            else f'DELETE FROM "{table}" {at}'
        )


def _texts(model: Model) -> list[Any]:
    """Return the columns that accept any text."""
    kinds = (models.CharField, models.TextField)
    fixed = {"status", "role", "slug", "accent", "language"}
    return [
        f
        for f in model._meta.concrete_fields
        if isinstance(f, kinds) and not (f.unique or f.choices or f.null or f.name in fixed)
    ]


def _changeable(model: Model) -> list[str]:
    return [f.name for f in _texts(model)] or ["position"]


def _another(value: Any, n: int) -> Any:
    if isinstance(value, dt.datetime):
        return value - (n + 1) * DAY
    return f"x{value}" if isinstance(value, str) else 50 - n


def _bulk_update(model: Model) -> Callable[[World], object]:
    def do(world: World) -> None:
        rows = list(model._default_manager.all())
        names = _changeable(model)
        for n, row in enumerate(rows):
            for name in names:
                setattr(row, name, _another(getattr(row, name), n))
        model._default_manager.bulk_update(rows, names)

    return do


def _upsert(model: Model) -> Callable[[World], object]:
    def do(world: World) -> None:
        row: Any = model._default_manager.get(pk=VISIBLE_ROWS[model][0](world))
        names = _changeable(model)
        for name in names:
            setattr(row, name, _another(getattr(row, name), 0))
        model._default_manager.bulk_create(
            [row], update_conflicts=True, unique_fields=["id"], update_fields=names
        )

    return do


def _replace(model: Model) -> Callable[[World], object]:
    return _replace_row(model, VISIBLE_ROWS[model][0])


def _replace_row(model: Model, row: Callable[[World], Any]) -> Callable[[World], object]:
    """Replace a row by another: by REPLACE on SQLite, by two statements on PostgreSQL."""

    def do(world: World) -> None:
        table = model._meta.db_table
        names = [f'"{f.column}"' for f in model._meta.concrete_fields]
        own: Any = model._meta.pk
        changed = dict(zip(names, names, strict=True)) | _replacements(model, world)
        select = f'SELECT {", ".join(changed.values())} FROM "{table}" WHERE id = %s'
        into = f'INTO "{table}" ({", ".join(names)}) {select}'
        with transaction.atomic(), connection.cursor() as cursor:
            pk = own.get_db_prep_value(row(world), connection)
            if connection.vendor == "sqlite":
                cursor.execute(f"REPLACE {into}", [pk])
                return
            cursor.execute(f"CREATE TEMPORARY TABLE one ON COMMIT DROP AS {select}", [pk])
            cursor.execute(f'DELETE FROM "{table}" WHERE id = %s', [pk])
            cursor.execute(f'INSERT INTO "{table}" ({", ".join(names)}) SELECT * FROM one')

    return do


def _replacements(model: Model, world: World) -> dict[str, str]:
    """Return SQL for the columns that get other values."""
    places: dict[Model, dict[str, models.Model]] = {
        PostTag: {"tag_id": world.tags["empty"]},
        Authorship: {"user_id": world.users.silent_author},
        Related: {"other_id": world.posts["bread"]},
        Post: {"series_id": world.series["solo"]},
    }
    if model in places:
        kind = "uuid" if connection.vendor == "postgresql" else "text"
        return {
            f'"{column}"': f"CAST('{row.pk.hex}' AS {kind})"
            for column, row in places[model].items()
        }
    shown: dict[Model, str] = {Image: "alt", User: "display_name"}
    name = shown.get(model) or _texts(model)[0].column
    return {f'"{name}"': "'Changed'"}


WRITES = {
    "bulk_create": _insert,
    "bulk_update": _bulk_update,
    "bulk_create over existing rows": _upsert,
    "delete from": _delete_by_sql,
    "replace into": _replace,
}
for _model in VISIBLE_ROWS:
    _name = _model._meta.label
    for _write, _factory in WRITES.items():
        if (_write, _model) != ("bulk_create", Site):  # there is one row
            CHANGES.add(
                f"{_name} {_write}",
                [],
                _factory(_model),
                is_visible=f"{_name} {_write}" not in INVISIBLE,
            )
    if _model is not User:  # protected as long as they have posts
        CHANGES.add(f"{_name} delete", [], _delete(_model))

_UNLISTED = _replace_row(PostTag, VISIBLE_ROWS[PostTag][2])
CHANGES.add("posts.PostTag replace into, of an unlisted post", [], _UNLISTED)


@CHANGES.declare("truncate")
def truncate_the_tags_of_posts(world: World) -> None:
    with connection.cursor() as cursor:
        command = "TRUNCATE" if connection.vendor == "postgresql" else "DELETE FROM"
        cursor.execute(f"{command} posts_posttag")
