"""Passwords, hashed with argon2id in threads, so that the event loop goes on serving others."""

import asyncio
import os
import secrets
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from threading import BoundedSemaphore
from typing import TypeVar

from argon2 import PasswordHasher, Type
from argon2.exceptions import VerifyMismatchError

from booked.domain.errors import Busy

T = TypeVar("T")

# The second choice of RFC 9106 scaled to what OWASP asks for at least: 19 MiB, two passes, one lane.
MEMORY_KIB = 19 * 1024
PASSES = 2
LANES = 1
WAITING_MOST = 64


class Argon2Hasher:
    """Hashes as many passwords at once as there are threads, and says `Busy` when too many wait."""

    def __init__(self, memory_kib: int = MEMORY_KIB, passes: int = PASSES, threads: int = os.cpu_count() or 1) -> None:
        self._argon2 = PasswordHasher(passes, memory_kib, LANES, type=Type.ID)
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="passwords")
        self._places = BoundedSemaphore(threads + WAITING_MOST)
        self._nobodys_hash = self._argon2.hash(secrets.token_hex())

    async def hash(self, password: str) -> str:
        return await self._run(lambda: self._argon2.hash(password))

    async def verify(self, password: str, password_hash: str | None) -> bool:
        # Without an account there is still a hash to verify: the time taken must not tell who has one.
        matches = await self._run(lambda: self._matches(password, password_hash or self._nobodys_hash))
        return matches and password_hash is not None

    def close(self) -> None:
        """Let running work end and drop what waits."""
        self._threads.shutdown(cancel_futures=True)

    async def _run(self, work: Callable[[], T]) -> T:
        if not self._places.acquire(blocking=False):
            raise Busy
        running = self._threads.submit(work)
        # Not before the work has ended is its place free, even if whoever asked for it has gone away.
        running.add_done_callback(self._leave)
        return await asyncio.wrap_future(running)

    def _leave(self, _: Future[T]) -> None:
        self._places.release()

    def _matches(self, password: str, password_hash: str) -> bool:
        try:
            return self._argon2.verify(password_hash, password)
        except VerifyMismatchError:
            return False
