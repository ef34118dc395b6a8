"""Front files: whatever Django commits, they catch up before it is acknowledged."""

import errno
import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.db import OperationalError, connection, transaction
from django.utils import timezone

from broadsheet.accounts.models import User
from broadsheet.lib.outages import Outage, classify_outage
from broadsheet.pagecache.front import commits
from broadsheet.publication.models import Site

NOW = timezone.now()
pytestmark = pytest.mark.django_db(transaction=True)


class Spy:
    """Stands for the front, and notes what others see of the database when it catches up."""

    def __init__(self) -> None:
        self.seen: list[int] = []

    def check(self) -> None:
        """The files can be taken away."""

    def catch_up(self) -> None:
        other = connection.copy()
        other.inc_thread_sharing()
        try:
            with other.cursor() as cursor:
                cursor.execute("SELECT count(*) FROM django_session")
                self.seen.append(cursor.fetchone()[0])
        finally:
            other.connection.close()  # Django leaves one in memory open


@pytest.fixture
def spy() -> Iterator[Spy]:
    spy = Spy()
    front: Any = spy
    watching = commits.Commits(connection, front)
    connection.execute_wrappers.insert(0, watching)
    yield spy
    watching.stop()


def modelled(name: str = "a") -> None:
    Session.objects.create(session_key=name, expire_date=NOW)


def raw(name: str = "a") -> None:
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO django_session VALUES (%s, %s, %s)", [name, "", NOW])


def many() -> None:
    with connection.cursor() as cursor:
        rows: list[list[Any]] = [["a", "", NOW], ["b", "", NOW]]
        cursor.executemany("INSERT INTO django_session VALUES (%s, %s, %s)", rows)


@pytest.mark.parametrize("write", [modelled, raw])
def test_it_catches_up_once_each_statement_is_committed(
    spy: Spy, write: Callable[[], None]
) -> None:
    write()
    assert spy.seen[-1] == 1
    Session.objects.update(session_data="b")
    Session.objects.all().delete()
    assert spy.seen[-1] == 0
    assert len(spy.seen) >= 3


def test_it_catches_up_once_for_a_transaction_and_after_its_commit(spy: Spy) -> None:
    with transaction.atomic():
        modelled("a")
        with transaction.atomic():
            modelled("b")
        many_seen = list(spy.seen)
    assert many_seen == []
    assert spy.seen == [2]


def test_it_catches_up_before_anything_that_waits_for_the_commit(spy: Spy) -> None:
    seen: list[list[int]] = []
    with transaction.atomic():
        transaction.on_commit(lambda: seen.append(list(spy.seen)))
        modelled()
    assert seen == [[1]]


def test_a_part_that_was_rolled_back_does_not_hide_the_rest(spy: Spy) -> None:
    with transaction.atomic():
        with transaction.atomic():
            modelled("a")
            transaction.set_rollback(True)
        modelled("b")
    assert spy.seen == [1]


def test_it_also_does_where_the_statements_are_one_call_or_commits_are_by_hand(spy: Spy) -> None:
    many()
    assert spy.seen == [2]
    transaction.set_autocommit(False)
    try:
        modelled("c")
        assert spy.seen == [2]
        transaction.commit()
    finally:
        transaction.set_autocommit(True)
    assert spy.seen == [2, 3]


def test_reading_costs_nothing(spy: Spy) -> None:
    with transaction.atomic():
        list(User.objects.all())
        Site.objects.first()
    list(User.objects.all())
    assert spy.seen == []


def in_a_transaction() -> None:
    with transaction.atomic():
        modelled()


@pytest.mark.parametrize("write", [in_a_transaction, modelled, raw])
@pytest.mark.parametrize("number", [errno.EROFS, errno.EIO, errno.EACCES])
def test_nothing_is_committed_where_no_file_could_be_taken_away(
    spy: Spy, write: Callable[[], None], number: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse() -> None:
        raise OSError(number, os.strerror(number))

    with monkeypatch.context() as patch:
        patch.setattr(spy, "check", refuse)
        with pytest.raises(OperationalError) as raised:
            write()
    assert classify_outage(raised.value) is Outage.GONE
    assert Session.objects.count() == 0
    write()
    assert spy.seen[-1] == 1


@pytest.mark.parametrize("write", [in_a_transaction, modelled, raw])
def test_who_wrote_is_told_where_it_was_saved_and_files_still_show_what_was_before(
    spy: Spy, write: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse() -> None:
        raise PermissionError(13, "no")

    monkeypatch.setattr(spy, "catch_up", refuse)
    with pytest.raises(commits.StillShownError):
        write()
    assert Session.objects.count() == 1
