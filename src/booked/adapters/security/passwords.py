"""Passwords, hashed with argon2id in threads: the event loop goes on serving others."""

import asyncio
import os
import secrets
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from threading import BoundedSemaphore
from typing import Any, TypeVar

from argon2 import PasswordHasher, Type
from argon2.exceptions import VerifyMismatchError

from booked.domain.errors import Busy

T = TypeVar("T")

# The second choice of RFC 9106 scaled to what OWASP asks for at least: 19 MiB, two passes, one lane.
MEMORY_KIB = 19 * 1024
PASSES = 2
LANES = 1
WAITING_MOST = 64
# A tenth of an event loop's weight. With less, a thread that holds the interpreter's lock would keep the loop waiting.
NICENESS = 10


class Argon2Hasher:
    """Hashes as many passwords at once as there are threads, and says `Busy` when too many wait."""

    def __init__(self, memory_kib: int = MEMORY_KIB, passes: int = PASSES, threads: int = os.cpu_count() or 1) -> None:
        self._argon2 = PasswordHasher(passes, memory_kib, LANES, type=Type.ID)
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="passwords", initializer=_give_way)
        self._places = BoundedSemaphore(threads + WAITING_MOST)
        self._nobodys_hash = self._argon2.hash(secrets.token_hex())

    @contextmanager
    def place(self) -> Iterator["Place"]:
        if not self._places.acquire(blocking=False):
            raise Busy
        place = Place(self._argon2, self._threads, self._nobodys_hash)
        try:
            yield place
        finally:
            # Work that has begun goes on after its caller was cancelled, and keeps the place until it ends.
            place.work.add_done_callback(lambda _: self._places.release())

    async def hash(self, password: str) -> str:
        with self.place() as place:
            return await place.hash(password)

    async def verify(self, password: str, password_hash: str | None) -> bool:
        with self.place() as place:
            return await place.verify(password, password_hash)

    def close(self) -> None:
        """Let running work end and drop what waits."""
        self._threads.shutdown(cancel_futures=True)


class Place:
    """One caller's turn at the threads. `work` is the last it had them do."""

    def __init__(self, argon2: PasswordHasher, threads: ThreadPoolExecutor, nobodys_hash: str) -> None:
        self._argon2 = argon2
        self._threads = threads
        self._nobodys_hash = nobodys_hash
        self.work: Future[Any] = Future()
        self.work.set_result(None)

    async def hash(self, password: str) -> str:
        return await self.run(lambda: self._argon2.hash(password))

    async def verify(self, password: str, password_hash: str | None) -> bool:
        # Without an account there is still a hash to verify: the time taken must not tell who has one.
        matches = await self.run(lambda: self._matches(password, password_hash or self._nobodys_hash))
        return matches and password_hash is not None

    async def run(self, work: Callable[[], T]) -> T:
        """Have a thread do some work. It keeps the place until the work ends, even if the caller is cancelled."""
        running = self.work = self._threads.submit(work)
        return await asyncio.wrap_future(running)

    def _matches(self, password: str, password_hash: str) -> bool:
        try:
            return self._argon2.verify(password_hash, password)
        except VerifyMismatchError:
            return False


def _give_way() -> None:
    """Let the event loops go first, where the system can tell threads apart: a login can wait."""
    if sys.platform == "linux":
        os.nice(NICENESS)
