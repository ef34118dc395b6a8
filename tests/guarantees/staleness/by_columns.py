"""Changes of every column that pages may show, without any action."""

from collections.abc import Callable
from typing import Any

from django.apps import apps
from django.db import models
from django.db.models import Case, F, Value, When
from django.db.models.functions import Concat
from django.db.models.lookups import Exact

from broadsheet.accounts.models import User
from broadsheet.media.models import Image
from broadsheet.pagecache.triggers import watched
from broadsheet.posts.models import Authorship, Post, PostTag, Related, Series, Tag
from broadsheet.publication.models import Site
from tests.guarantees.staleness.changes import Changes
from tests.guarantees.staleness.world import DAY, NOON, World

type Model = type[models.Model]

#: Apps whose rows visitors can see.
APPS = ("accounts", "media", "publication", "posts")
#: Rows of each watched model that pages show; more than one if they appear in different places.
VISIBLE_ROWS: dict[Model, tuple[Callable[[World], Any], ...]] = {
    Post: (lambda world: world.posts["jam"].pk,),
    User: (lambda world: world.users.author.pk,),
    Tag: (lambda world: world.tags["tea"].pk,),
    Series: (lambda world: world.series["kitchen"].pk,),
    Image: (lambda world: world.images["cover"].pk, lambda world: world.images["logo"].pk),
    Site: (lambda _world: 1,),
    PostTag: (
        lambda world: PostTag.objects.get(post=world.posts["jam"], tag=world.tags["tea"]).pk,
        lambda world: PostTag.objects.get(post=world.posts["lone"]).pk,
        lambda world: PostTag.objects.get(post=world.posts["hidden"], tag=world.tags["hidden"]).pk,
    ),
    Authorship: (
        lambda world: Authorship.objects.get(post=world.posts["jam"], user=world.users.author).pk,
        lambda world: Authorship.objects.get(post=world.posts["fred"]).pk,
    ),
    Related: (lambda world: Related.objects.get(other=world.posts["lone"]).pk,),
}
#: Valid new values, where adding text or numbers is not possible.
VALUES: dict[str, Callable[[World], Any]] = {
    "posts.Post.status": lambda _world: "unlisted",
    "posts.Post.kind": lambda _world: "page",
    "posts.Post.page_layout": lambda _world: "undated",
    "posts.Post.language": lambda _world: "ar",
    "posts.Post.contents": lambda _world: [[2, f"n{n}", "Changed"] for n in range(4)],
    "posts.Post.pub_date": lambda _world: NOON - 90 * DAY,
    "posts.Post.cover": lambda world: world.images["spare"].pk,
    "posts.Post.series": lambda world: world.series["solo"].pk,
    "posts.PostTag.post": lambda world: world.posts["newest"].pk,
    "posts.PostTag.tag": lambda world: world.tags["empty"].pk,
    "posts.Authorship.post": lambda world: world.posts["bread"].pk,
    "posts.Authorship.user": lambda world: world.users.silent_author.pk,
    "posts.Related.post": lambda world: world.posts["newest"].pk,
    "posts.Related.other": lambda world: world.posts["bread"].pk,
    "accounts.User.role": lambda _world: "reader",
    "accounts.User.links": lambda _world: [{"label": "Changed", "url": "https://e.example"}],
    "media.Image.owner": lambda world: world.users.owner.pk,
    "publication.Site.logo": lambda world: world.images["spare"].pk,
    "publication.Site.accent": lambda _world: "#123456",
    "publication.Site.language": lambda _world: "de",
    "publication.Site.time_zone": lambda _world: "Pacific/Auckland",  # tomorrow already
    "publication.Site.navigation": lambda _world: [{"label": "Changed", "url": "/"}],
}
#: Columns that no page shows: visitors see nothing if only they change.
INVISIBLE = set(
    "posts.Post.is_date_estimated posts.Post.created_at posts.Post.source_id"
    " posts.Post.source_digest posts.Post.first_published_at"
    " accounts.User.password accounts.User.last_login accounts.User.email"
    " accounts.User.bio accounts.User.joined_at accounts.User.uses_plain_editor"
    " publication.Site.footer publication.Site.updated_at publication.Site.urls"
    " media.Image.owner media.Image.digest media.Image.name media.Image.mime media.Image.bytes"
    " media.Image.created_at media.Image.is_decorative media.Image.caption media.Image.credit"
    " media.Image.focal_x media.Image.focal_y posts.Related.score".split()
)
#: Invisible if the row is the only one of its kind, or if nothing refers to it yet.
INVISIBLE |= {
    "media.Image.has_variants (2)", "posts.Authorship.listed_at (2)", "posts.PostTag.position (2)",
    "posts.PostTag.listed_at (2)", "posts.Authorship.position (2)",
    "posts.Tag bulk_create", "posts.Series bulk_create",
    "media.Image bulk_create", "posts.Related bulk_create",
}  # fmt: skip

CHANGES = Changes()


def label(field: Any) -> str:
    """Return the name of a column, such as `posts.Post.title`."""
    return f"{field.model._meta.label}.{field.name}"


def columns() -> set[str]:
    """Return every column of every watched model without the keys, which never change."""
    return {
        label(field)
        for model in watched()
        for field in model._meta.concrete_fields
        if not field.primary_key
    }


def models_of_apps() -> set[str]:
    """Return the models whose rows visitors can see."""
    return {m._meta.label for m in apps.get_models() if m._meta.app_label in APPS}


def other(field: Any, world: World) -> Any:
    """Return another value for a column, as a value or an SQL expression."""
    if label(field) in VALUES:
        return VALUES[label(field)](world)
    for kind, value in BY_KIND.items():
        if isinstance(field, kind):
            return value(F(field.attname)) if not field.unique else "changed"
    raise NotImplementedError(f"add a new value for {label(field)} to VALUES")


#: Other values by the type of the column; the first type that fits counts.
BY_KIND: dict[Any, Callable[[F], Any]] = {
    models.BooleanField: lambda value: Case(When(Exact(value, True), then=False), default=True),
    models.IntegerField: lambda value: value + 7,
    models.FloatField: lambda _value: 0.5,
    models.DateTimeField: lambda _value: NOON + 15 * DAY,
    models.FileField: lambda value: Concat(Value("x"), value),
    models.CharField: lambda value: Concat(Value("x"), value),
    models.TextField: lambda value: Concat(Value("x"), value),
}


def _column(model: Model, field: Any, number: int, row: Callable[[World], Any]) -> None:
    def do(world: World) -> None:
        rows = model._default_manager.filter(pk=row(world))
        assert rows.update(**{field.name: other(field, world)}) == 1

    name = f"{label(field)}{f' ({number})' if number > 1 else ''}"
    is_visible = INVISIBLE.isdisjoint({label(field), name})
    CHANGES.add(name, [label(field)], do, is_visible=is_visible)


for _model, _rows in VISIBLE_ROWS.items():
    for _field in _model._meta.concrete_fields:
        if not _field.primary_key:
            for _number, _row in enumerate(_rows, 1):
                _column(_model, _field, _number, _row)
