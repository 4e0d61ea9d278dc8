"""Counting how often somebody does something."""

from typing import Protocol

from booked.domain.model.limits import Limit, Taken


class Limiter(Protocol):
    """Counts by limit and by `who`, a short text: an address, or the digest of an account.

    Every method raises `StoreWriteFailed` where the counts cannot be reached.
    """

    async def take(self, limit: Limit, who: str) -> Taken:
        """Count one more, unless `limit.most` were counted in the present window.

        Of calls at the same moment no more than `limit.most` are allowed. A refused call counts nothing and does not
        prolong the window. Nothing is kept of a window that has ended.
        """
        ...

    async def count(self, limit: Limit, who: str) -> int:
        """Return how many were counted in the present window, 0 where there is none."""
        ...

    async def forget(self, limit: Limit, who: str) -> None:
        """Start anew: the next call of `take` opens a window. Idempotent."""
        ...
