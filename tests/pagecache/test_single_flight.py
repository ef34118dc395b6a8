"""Work that is done once for all waiting callers, and locks per key."""

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
    """Work that takes a moment, and records when its runs started. Some of them fail."""

    def __init__(self, *, fails: Callable[[int], bool] = lambda _run: False) -> None:
        self.tick = count().__next__
        self.runs: list[int] = []
        self.done = -1
        self.at_once = 0
        self._fails = fails

    def __call__(self) -> int:
        started_at = self.tick()
        self.runs.append(started_at)
        self.at_once += 1
        assert self.at_once == 1, "one run at a time"
        time.sleep(random.random() / 500)
        self.at_once -= 1
        if self._fails(len(self.runs)):
            raise ConnectionError(len(self.runs))
        self.done = started_at
        return started_at


def test_every_caller_gets_a_run_that_started_after_the_call() -> None:
    work = Work()
    single_flight = SingleFlight(work)

    def call(_number: int) -> bool:
        called = work.tick()
        single_flight()
        return work.done > called

    with ThreadPoolExecutor(16) as pool:
        assert all(pool.map(call, range(800)))


class BlockedWork:
    """Work that lasts until `resume` is set, and counts its runs."""

    def __init__(self) -> None:
        self.runs = 0
        self.started, self.resume = threading.Event(), threading.Event()

    def __call__(self) -> None:
        self.runs += 1
        self.started.set()
        assert self.resume.wait(60)


class CountingLock:
    """A lock that counts how often it was held."""

    def __init__(self) -> None:
        self.times = 0
        self._lock = threading.Lock()

    def __enter__(self) -> None:
        self._lock.acquire()

    def __exit__(self, *_error: object) -> None:
        self.times += 1
        self._lock.release()


def test_one_run_serves_all_waiting_callers() -> None:
    work = BlockedWork()
    single_flight = SingleFlight(work)
    guard: Any = CountingLock()
    single_flight._guard = guard  # after it, a caller runs the work or waits for another's run
    with ThreadPoolExecutor(16) as pool:
        calls = [pool.submit(single_flight)]
        assert work.started.wait(60)
        calls += [pool.submit(single_flight) for _ in range(15)]
        wait_for(lambda: guard.times == 16, "all callers")
        work.resume.set()
        assert [call.result() for call in calls] == [None] * 16
    assert work.runs == 2


def test_a_failure_is_raised_for_callers_without_a_successful_run() -> None:
    work = Work(fails=lambda run: run % 3 == 0)
    single_flight = SingleFlight(work)

    def call(_number: int) -> bool:
        called = work.tick()
        try:
            single_flight()
        except ConnectionError:
            return True
        return work.done > called

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(call, range(300)))


def test_after_a_failure_the_next_call_tries_again() -> None:
    single_flight = SingleFlight(Work(fails=lambda run: run == 1))
    with pytest.raises(ConnectionError):
        single_flight()
    single_flight()


def test_a_run_that_is_stopped_is_not_reported_as_done() -> None:
    entered, leave = threading.Event(), threading.Event()

    def work() -> None:
        entered.set()
        leave.wait()
        raise SystemExit

    single_flight = SingleFlight(work)
    outcomes: list[str] = []

    def call() -> None:
        try:
            single_flight()
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


def test_every_task_gets_a_run_that_started_after_the_call() -> None:
    work = Work()

    async def call(single_flight: AsyncSingleFlight[int]) -> bool:
        await asyncio.sleep(random.random() / 20)
        called = work.tick()
        return await single_flight() > called

    async def call_all() -> list[bool]:
        single_flight = AsyncSingleFlight(work)
        return await asyncio.gather(*(call(single_flight) for _ in range(500)))

    assert all(asyncio.run(call_all()))


def test_one_run_serves_all_waiting_tasks() -> None:
    work = BlockedWork()

    async def call_all() -> None:
        single_flight = AsyncSingleFlight(work)
        calls = [asyncio.create_task(single_flight())]
        assert await asyncio.to_thread(work.started.wait, 60)
        calls += [asyncio.create_task(single_flight()) for _ in range(500)]
        await asyncio.sleep(0)  # lets each of them call
        work.resume.set()
        await asyncio.gather(*calls)

    asyncio.run(call_all())
    assert work.runs == 2


def test_a_cancelled_task_does_not_cancel_other_tasks() -> None:
    async def race() -> int:
        single_flight = AsyncSingleFlight(Work())
        cancelled, remaining = (asyncio.create_task(single_flight()) for _ in range(2))
        await asyncio.sleep(0)
        cancelled.cancel()
        with pytest.raises(asyncio.CancelledError):
            await cancelled
        return await remaining

    assert asyncio.run(race()) == 0


def test_a_failure_is_raised_in_tasks_and_the_next_call_tries_again() -> None:
    async def call() -> int:
        single_flight = AsyncSingleFlight(Work(fails=lambda run: run == 1))
        with pytest.raises(ConnectionError):
            await single_flight()
        return await single_flight()

    assert asyncio.run(call()) == 1


def test_locks_are_exclusive_per_key_and_deleted_after_use() -> None:
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
