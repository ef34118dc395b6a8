"""A million views of one day are aggregated in memory, and written in few short transactions."""

import pytest
from django.db import connection
from django.db.models import Sum
from django.test.utils import CaptureQueriesContext

from broadsheet.accounts.models import User
from broadsheet.posts import actions as posts
from broadsheet.statistics.actions import BATCH_SIZE
from broadsheet.statistics.models import PostReferrer, PostViews
from broadsheet.statistics.recorder import Recorder

VIEWS, HOSTS, POSTS = 1_000_000, 20, 50
BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


@pytest.mark.slow
def test_a_million_views_are_written_in_batches(
    author: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Recorder, "start", lambda _self: None)
    monkeypatch.setattr("broadsheet.statistics.recorder.time", lambda: 1_800_000_000.0)
    pages = [
        posts.create(by=author, title=f"Post {n}", status="published").pk for n in range(POSTS)
    ]
    recorder = Recorder()
    for number in range(VIEWS):
        post = pages[number % POSTS]
        referrer = f"https://{number // POSTS % HOSTS}.example/"
        environ = {"HTTP_USER_AGENT": BROWSER, "HTTP_REFERER": referrer}
        recorder.record(f"post:{post}", environ)
    with CaptureQueriesContext(connection) as queries:
        recorder.flush()
    assert PostViews.objects.aggregate(sum=Sum("views"))["sum"] == VIEWS
    assert PostReferrer.objects.count() == HOSTS * POSTS
    batches = -(-HOSTS * POSTS // BATCH_SIZE)
    assert sum("SAVEPOINT" not in query["sql"] for query in queries) <= 1 + 3 * batches
