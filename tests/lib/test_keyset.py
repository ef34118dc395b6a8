"""Cursors: where a page begins. Anything but a cursor of this site is rejected."""

import base64
import datetime as dt
import uuid

import pytest
from django.db.models import Q
from hypothesis import given
from hypothesis import strategies as st

from broadsheet.lib.keyset import Cursor, rows_after, rows_up_to, split_page

datetimes = st.datetimes(timezones=st.just(dt.UTC))
junk = st.text() | st.binary(max_size=40).map(lambda raw: base64.b64encode(raw).decode())


@given(at=datetimes, key=st.uuids())
def test_a_cursor_is_parsed_as_it_was_written(at: dt.datetime, key: uuid.UUID) -> None:
    cursor = Cursor(at=at, id=key)
    assert Cursor.parse(str(cursor)) == cursor


@given(at=datetimes, key=st.uuids())
def test_a_cursor_needs_no_escaping_in_a_url(at: dt.datetime, key: uuid.UUID) -> None:
    text = str(Cursor(at=at, id=key))
    assert len(text) == 32
    assert text.replace("-", "").replace("_", "").isalnum()


@given(text=junk)
def test_any_text_is_a_cursor_or_a_value_error(text: str) -> None:
    try:
        cursor = Cursor.parse(text)
    except ValueError:
        return
    assert Cursor.parse(str(cursor)) == cursor


@pytest.mark.parametrize("text", ["", "x", "é" * 32, "A" * 31, "A" * 33, "7" + "_" * 31])
def test_a_text_like_a_cursor_is_rejected(text: str) -> None:
    with pytest.raises(ValueError, match="not a cursor of this site"):
        Cursor.parse(text)


def test_rows_after_are_limited_by_the_first_column_to_use_an_index() -> None:
    assert rows_after(("-at", "-id"), (1, 2)) == (Q(at__lt=1) | (Q(at=1) & Q(id__lt=2))) & Q(
        at__lte=1
    )
    assert rows_after(("id",), (1,)) == Q(id__gt=1) & Q(id__gte=1)


def test_rows_up_to_include_the_row_itself() -> None:
    assert rows_up_to(("-id",), (1,)) == (Q(id__gt=1) | Q(id=1)) & Q(id__gte=1)


def test_a_page_ends_with_a_cursor_row_only_if_more_rows_follow() -> None:
    assert split_page([1, 2, 3], 2) == ([1, 2], 2)
    assert split_page([1, 2], 2) == ([1, 2], None)
    assert split_page([], 2) == ([], None)
