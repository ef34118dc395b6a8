"""Adding counted views, and folding old referrers."""

import datetime as dt
import uuid
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, cast

from django.db import connection, models, transaction

from broadsheet.posts.models import Post
from broadsheet.statistics.models import OTHER_HOSTS, PostReferrer, PostViews

#: Views by post, day and host of the referrer.
type ViewCounts = Mapping[tuple[uuid.UUID, dt.date, str], int]

#: Rows per transaction, so that other writers do not wait long.
BATCH_SIZE = 500


@transaction.atomic
def add_views(counts: ViewCounts) -> None:
    """Add at most BATCH_SIZE counts to those added before, by this process or another.

    Views of posts that no longer exist are dropped.
    """
    counted = {post for post, _day, _host in counts}
    posts = set(Post.objects.filter(pk__in=counted).values_list("pk", flat=True))
    hosts = {key: views for key, views in counts.items() if key[0] in posts}
    totals: Counter[tuple[uuid.UUID, dt.date]] = Counter()
    for (post, day, _host), views in hosts.items():
        totals[post, day] += views
    _upsert(PostViews, ("post", "viewed_on"), totals)
    _upsert(PostReferrer, ("post", "viewed_on", "host"), hosts)


@transaction.atomic
def fold_referrers(*, before: dt.date) -> int:
    """Replace the hosts of days before `before` by one sum per post and day.

    Fold at most BATCH_SIZE rows, and return their number; call again until it is 0.
    """
    old = PostReferrer.objects.filter(viewed_on__lt=before).exclude(host__in=["", OTHER_HOSTS])
    pks = list(old.order_by("pk").values_list("pk", flat=True)[:BATCH_SIZE])
    rows = PostReferrer.objects.select_for_update().filter(pk__in=pks).order_by("pk")
    sums: Counter[tuple[uuid.UUID, dt.date, str]] = Counter()
    for post, viewed_on, views in rows.values_list("post_id", "viewed_on", "views"):
        sums[post, viewed_on, OTHER_HOSTS] += views
    _upsert(PostReferrer, ("post", "viewed_on", "host"), sums)
    PostReferrer.objects.filter(pk__in=pks).delete()
    return len(pks)


def _upsert(model: type[models.Model], names: Sequence[str], counts: Mapping[Any, int]) -> None:
    """Add `counts` to the column `views` of the rows with these keys; insert those missing.

    Django's `bulk_create(update_conflicts=True)` replaces a value, and cannot add to it.
    """
    options = model._meta  # noqa: SLF001 - Django's documented interface
    fields = [cast("models.Field[Any, Any]", options.get_field(name)) for name in names]
    columns = ", ".join(str(field.column) for field in fields)
    marks, table = ", ".join(["%s"] * len(fields)), options.db_table
    rows = [
        [*(f.get_db_prep_save(value, connection) for f, value in zip(fields, key, strict=True)), n]
        for key, n in sorted(counts.items())  # in one order, so that writers do not deadlock
    ]
    if rows:
        with connection.cursor() as cursor:
            cursor.executemany(
                f"INSERT INTO {table} ({columns}, views) VALUES ({marks}, %s)"  # noqa: S608 - names
                f" ON CONFLICT ({columns}) DO UPDATE SET views = {table}.views + excluded.views",
                rows,
            )
