"""Deeds: every column that pages may show, changed past all actions."""

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
from tests.guarantees.staleness.deeds import Deeds
from tests.guarantees.staleness.world import DAY, NOON, World

type Model = type[models.Model]

#: The rooms whose rows the public may see something of.
ROOMS = ("accounts", "media", "publication", "posts")
#: One row of each watched model that pages show, and a second where another place shows it too.
SHOWN: dict[Model, tuple[Callable[[World], Any], ...]] = {
    Post: (lambda world: world.posts["jam"].pk,),
    User: (lambda world: world.people.author.pk,),
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
        lambda world: Authorship.objects.get(post=world.posts["jam"], user=world.people.author).pk,
        lambda world: Authorship.objects.get(post=world.posts["fred"]).pk,
    ),
    Related: (lambda world: Related.objects.get(other=world.posts["lone"]).pk,),
}
#: Values that the database takes and that are not what stands there.
VALUES: dict[str, Callable[[World], Any]] = {
    "posts.Post.status": lambda _world: "unlisted",
    "posts.Post.language": lambda _world: "ar",
    "posts.Post.contents": lambda _world: [[2, f"n{n}", "Changed"] for n in range(4)],
    "posts.Post.pub_date": lambda _world: NOON - 90 * DAY,
    "posts.Post.cover": lambda world: world.images["spare"].pk,
    "posts.Post.series": lambda world: world.series["solo"].pk,
    "posts.PostTag.post": lambda world: world.posts["newest"].pk,
    "posts.PostTag.tag": lambda world: world.tags["empty"].pk,
    "posts.Authorship.post": lambda world: world.posts["bread"].pk,
    "posts.Authorship.user": lambda world: world.people.silent_author.pk,
    "posts.Related.post": lambda world: world.posts["newest"].pk,
    "posts.Related.other": lambda world: world.posts["bread"].pk,
    "accounts.User.role": lambda _world: "reader",
    "accounts.User.links": lambda _world: [{"label": "Changed", "url": "https://e.example"}],
    "media.Image.owner": lambda world: world.people.owner.pk,
    "publication.Site.logo": lambda world: world.images["spare"].pk,
    "publication.Site.accent": lambda _world: "#123456",
    "publication.Site.language": lambda _world: "de",
    "publication.Site.time_zone": lambda _world: "Pacific/Auckland",  # tomorrow already
    "publication.Site.navigation": lambda _world: [{"label": "Changed", "url": "/"}],
}
#: What no page shows, so that readers see nothing when it alone changes.
UNSEEN = set(
    "posts.Post.is_date_estimated posts.Post.created_at posts.Post.source_id"
    " posts.Post.source_digest posts.Post.first_published_at"
    " accounts.User.password accounts.User.last_login accounts.User.email"
    " accounts.User.bio accounts.User.joined_at publication.Site.footer publication.Site.updated_at"
    " publication.Site.urls"
    " media.Image.owner media.Image.digest media.Image.name media.Image.mime media.Image.bytes"
    " media.Image.created_at posts.Related.score".split()
)
#: What readers do not see where the row is the only one of its kind, or nothing leads to it yet.
UNSEEN |= {
    "media.Image.has_variants (2)", "posts.Authorship.listed_at (2)", "posts.PostTag.position (2)",
    "posts.PostTag.listed_at (2)", "posts.Authorship.position (2)",
    "posts.Tag bulk_create", "posts.Series bulk_create",
    "media.Image bulk_create", "posts.Related bulk_create",
}  # fmt: skip

DEEDS = Deeds()


def label(field: Any) -> str:
    """Return what a column is called: `posts.Post.title`."""
    return f"{field.model._meta.label}.{field.name}"


def columns() -> set[str]:
    """Return every column of every watched model, less the keys, which are never changed."""
    return {
        label(field)
        for model in watched()
        for field in model._meta.concrete_fields
        if not field.primary_key
    }


def models_of_rooms() -> set[str]:
    """Return the models of the rooms whose rows the public may see something of."""
    return {m._meta.label for m in apps.get_models() if m._meta.app_label in ROOMS}


def other(field: Any, world: World) -> Any:
    """Return another value for a column, as SQL or as it is."""
    if label(field) in VALUES:
        return VALUES[label(field)](world)
    for kind, value in BY_KIND.items():
        if isinstance(field, kind):
            return value(F(field.attname)) if not field.unique else "changed"
    raise NotImplementedError(f"say in VALUES what else {label(field)} may be")


#: Other values by the kind of the column; the first kind that fits counts.
BY_KIND: dict[Any, Callable[[F], Any]] = {
    models.BooleanField: lambda was: Case(When(Exact(was, True), then=False), default=True),
    models.IntegerField: lambda was: was + 7,
    models.FloatField: lambda _was: 0.5,
    models.DateTimeField: lambda _was: NOON + 15 * DAY,
    models.FileField: lambda was: Concat(Value("x"), was),
    models.CharField: lambda was: Concat(Value("x"), was),
    models.TextField: lambda was: Concat(Value("x"), was),
}


def _column(model: Model, field: Any, number: int, row: Callable[[World], Any]) -> None:
    def do(world: World) -> None:
        rows = model._default_manager.filter(pk=row(world))
        assert rows.update(**{field.name: other(field, world)}) == 1

    name = f"{label(field)}{f' ({number})' if number > 1 else ''}"
    is_seen = UNSEEN.isdisjoint({label(field), name})
    DEEDS.add(name, [label(field)], do, tells=is_seen)


for _model, _rows in SHOWN.items():
    for _field in _model._meta.concrete_fields:
        if not _field.primary_key:
            for _number, _row in enumerate(_rows, 1):
                _column(_model, _field, _number, _row)
