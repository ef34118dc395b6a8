"""Each GET of a page with an ID is reported to those who count views; clients never see the ID."""

import pytest

from broadsheet.pagecache.tags import PAGE_ID_HEADER
from tests.pagecache.visitors import FakeApplication, Visitor


@pytest.fixture
def page(application: FakeApplication) -> None:
    """A page with an ID."""
    application.headers.append((PAGE_ID_HEADER, "post:1"))


@pytest.mark.usefixtures("page")
def test_misses_hits_and_revalidations_are_views(visitor: Visitor) -> None:
    etag = visitor.get().headers["etag"]
    visitor.get()
    assert visitor.get(HTTP_IF_NONE_MATCH=etag).status == 304
    assert visitor.views == ["post:1"] * 3


@pytest.mark.usefixtures("page")
def test_head_is_not_a_view(visitor: Visitor) -> None:
    for _ in range(2):
        visitor.get(REQUEST_METHOD="HEAD")
    assert visitor.views == []


@pytest.mark.usefixtures("page")
def test_clients_do_not_get_the_id(visitor: Visitor) -> None:
    for _ in range(2):
        assert PAGE_ID_HEADER.lower() not in visitor.get().headers


@pytest.mark.usefixtures("page")
def test_clients_do_not_get_the_id_of_an_uncacheable_page(
    visitor: Visitor, application: FakeApplication
) -> None:
    application.tags = ""
    assert PAGE_ID_HEADER.lower() not in visitor.get().headers
    assert visitor.views == []


def test_other_pages_are_not_counted(visitor: Visitor) -> None:
    visitor.get()
    visitor.get()
    assert visitor.views == []
