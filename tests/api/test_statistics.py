"""Statistics in the API."""

import pytest
from django.utils import timezone

from broadsheet.accounts.models import User
from broadsheet.posts import actions as posts
from broadsheet.statistics import actions
from tests.api.conftest import ApiClientFactory


def test_authors_read_the_statistics_of_their_posts(
    author: User, another_author: User, api_client: ApiClientFactory
) -> None:
    today = timezone.localdate()
    jam = posts.create(by=author, title="Jam", slug="jam")
    tea = posts.create(by=another_author, title="Tea")
    actions.add_views({(jam.pk, today, "news.example"): 5, (jam.pk, today, ""): 2})
    actions.add_views({(tea.pk, today, "tea.example"): 3})
    expected = {
        "views": 7,
        "previous_views": 0,
        "days": [{"date": str(today), "views": 7}],
        "posts": [{"id": str(jam.pk), "slug": "jam", "title": "Jam", "views": 7}],
        "referrers": [
            {"host": "news.example", "is_other": False, "views": 5},
            {"host": "", "is_other": False, "views": 2},
        ],
    }
    client = api_client(author)
    for path in ("/api/v1/statistics", f"/api/v1/posts/{jam.pk}/statistics"):
        response = client.get(path, {"days": "1"})
        assert response.json() == expected
        assert "no-cache" in response.headers["Cache-Control"]


def test_the_default_is_30_days(author: User, api_client: ApiClientFactory) -> None:
    assert len(api_client(author).get("/api/v1/statistics").json()["days"]) == 30


@pytest.mark.parametrize("days", ["0", "367", "-1", "x", "1e2", "٣", "1" * 5_000])
def test_an_invalid_period_is_an_error(
    author: User, api_client: ApiClientFactory, days: str
) -> None:
    response = api_client(author).get("/api/v1/statistics", {"days": days})
    assert response.status_code == 400
    assert "?days" in response.text
