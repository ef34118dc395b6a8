"""Work that one does for all who wait, and one lock per key."""

import asyncio
import random
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from typing import Any

import pytest

from broadsheet.pagecache.single_flight import AsyncSingleFlight, KeyedLocks, SingleFlight
from tests.ops.processes import wait_for


class Work:
    """Something that takes a moment, and notes when its runs began. Some fail."""

    def __init__(self, *, fails: Callable[[int], bool] = lambda _run: False) -> None:
        self.moment = count().__next__
        self.runs: list[int] = []
        self.done = -1
        self.at_once = 0
        self._fails = fails

    def __call__(self) -> int:
        began = self.moment()
        self.runs.append(began)
        self.at_once += 1
        assert self.at_once == 1, "one run at a time"
        time.sleep(random.random() / 500)
        self.at_once -= 1
        if self._fails(len(self.runs)):
            raise ConnectionError(len(self.runs))
        self.done = began
        return began


def test_every_caller_has_a_run_that_began_after_the_call() -> None:
    work = Work()
    together = SingleFlight(work)

    def call(_number: int) -> bool:
        called = work.moment()
        together()
        return work.done > called

    with ThreadPoolExecutor(16) as pool:
        assert all(pool.map(call, range(800)))


class Held:
    """Work that goes on until it is let, and is counted."""

    def __init__(self) -> None:
        self.runs = 0
        self.begun, self.let = threading.Event(), threading.Event()

    def __call__(self) -> None:
        self.runs += 1
        self.begun.set()
        assert self.let.wait(60)


class Counted:
    """A lock that counts who had it."""

    def __init__(self) -> None:
        self.times = 0
        self._lock = threading.Lock()

    def __enter__(self) -> None:
        self._lock.acquire()

    def __exit__(self, *_error: object) -> None:
        self.times += 1
        self._lock.release()


def test_one_run_serves_all_who_waited() -> None:
    work = Held()
    together = SingleFlight(work)
    guard: Any = Counted()
    together._guard = guard  # who had it goes on in its own run or waits for another's
    with ThreadPoolExecutor(16) as pool:
        calls = [pool.submit(together)]
        assert work.begun.wait(60)
        calls += [pool.submit(together) for _ in range(15)]
        wait_for(lambda: guard.times == 16, "all of them")
        work.let.set()
        assert [call.result() for call in calls] == [None] * 16
    assert work.runs == 2


def test_a_failure_is_told_to_those_who_had_no_run_that_succeeded() -> None:
    work = Work(fails=lambda run: run % 3 == 0)
    together = SingleFlight(work)

    def call(_number: int) -> bool:
        called = work.moment()
        try:
            together()
        except ConnectionError:
            return True
        return work.done > called

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(call, range(300)))


def test_after_a_failure_the_next_call_tries_again() -> None:
    together = SingleFlight(Work(fails=lambda run: run == 1))
    with pytest.raises(ConnectionError):
        together()
    together()


def test_whoever_is_stopped_at_work_lets_nobody_believe_that_it_was_done() -> None:
    entered, leave = threading.Event(), threading.Event()

    def work() -> None:
        entered.set()
        leave.wait()
        raise SystemExit

    together = SingleFlight(work)
    outcomes: list[str] = []

    def call() -> None:
        try:
            together()
        except SystemExit:
            outcomes.append("stopped")
        else:
            outcomes.append("done")

    threads = [threading.Thread(target=call) for _ in range(3)]
    threads[0].start()
    entered.wait()
    for thread in threads[1:]:
        thread.start()
    leave.set()
    for thread in threads:
        thread.join()
    assert outcomes == ["stopped"] * 3


def test_tasks_have_a_run_that_began_after_they_asked() -> None:
    work = Work()

    async def call(together: AsyncSingleFlight[int]) -> bool:
        await asyncio.sleep(random.random() / 20)
        called = work.moment()
        return await together() > called

    async def everybody() -> list[bool]:
        together = AsyncSingleFlight(work)
        return await asyncio.gather(*(call(together) for _ in range(500)))

    assert all(asyncio.run(everybody()))


def test_one_run_serves_all_tasks_that_waited() -> None:
    work = Held()

    async def everybody() -> None:
        together = AsyncSingleFlight(work)
        calls = [asyncio.create_task(together())]
        assert await asyncio.to_thread(work.begun.wait, 60)
        calls += [asyncio.create_task(together()) for _ in range(500)]
        await asyncio.sleep(0)  # in which each of them asks
        work.let.set()
        await asyncio.gather(*calls)

    asyncio.run(everybody())
    assert work.runs == 2


def test_a_task_that_goes_away_takes_nobody_along() -> None:
    async def race() -> int:
        together = AsyncSingleFlight(Work())
        leaving, staying = (asyncio.create_task(together()) for _ in range(2))
        await asyncio.sleep(0)
        leaving.cancel()
        with pytest.raises(asyncio.CancelledError):
            await leaving
        return await staying

    assert asyncio.run(race()) == 0


def test_tasks_are_told_of_a_failure_and_try_again_next_time() -> None:
    async def call() -> int:
        together = AsyncSingleFlight(Work(fails=lambda run: run == 1))
        with pytest.raises(ConnectionError):
            await together()
        return await together()

    assert asyncio.run(call()) == 1


def test_of_each_key_there_is_one_turn_at_a_time_and_nothing_stays_behind() -> None:
    locks = KeyedLocks()
    busy = dict.fromkeys("abc", 0)

    def work(number: int) -> bool:
        key = "abc"[number % 3]
        with locks.get(key):
            busy[key] += 1
            time.sleep(random.random() / 1_000)
            alone = busy[key] == 1
            busy[key] -= 1
        return alone

    with ThreadPoolExecutor(12) as pool:
        assert all(pool.map(work, range(300)))
    assert len(locks._locks) == 0


def test_different_keys_do_not_wait_for_each_other() -> None:
    locks = KeyedLocks()
    with locks.get("a"), locks.get("b"):
        assert locks.get("a").locked()
        assert not locks.get("c").locked()
