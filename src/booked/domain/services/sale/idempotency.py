"""Requests that must take effect once: what they make is remembered in the same transaction."""

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager, suppress
from typing import Protocol, TypeVar, cast

from booked.domain.errors import BookedError, StoreError
from booked.domain.model.sale.idempotency import IdempotencyKey
from booked.ports.sale import IdempotencyKeys

Subject = TypeVar("Subject", bound=str)
Outcome = TypeVar("Outcome")


class Remembering(Protocol):
    """Repositories, as far as idempotency is concerned."""

    @property
    def idempotency_keys(self) -> IdempotencyKeys: ...


Unit = TypeVar("Unit", bound=Remembering)
Unit_co = TypeVar("Unit_co", bound=Remembering, covariant=True)


class Transactions(Protocol[Unit_co]):
    """The database, as far as idempotency is concerned."""

    def transaction(self) -> AbstractAsyncContextManager[Unit_co]: ...


async def make_once(
    database: Transactions[Unit],
    idempotency_key: IdempotencyKey | None,
    subject: Subject,
    make: Callable[[Unit], Awaitable[None]],
) -> Subject:
    """Make something under this id in a transaction; or, for a repeated request, return the id of what it made before.

    Raises `IdempotencyKeyReused`, or `RequestInFlight` where a twin is under way.
    """
    async with database.transaction() as unit:
        earlier = await made_before(unit, idempotency_key, subject)
        if earlier is not None:
            return earlier
        await make(unit)
    return subject


async def made_before(unit: Remembering, idempotency_key: IdempotencyKey | None, subject: Subject) -> Subject | None:
    """Return the id of what a repeated request made. None for a new request, which is remembered to make `subject`.

    Raises what `make_once` raises.
    """
    if idempotency_key is None:
        return None
    earlier = await unit.idempotency_keys.find(idempotency_key)
    if earlier is None:
        await unit.idempotency_keys.remember(idempotency_key, subject)
    return cast(Subject | None, earlier)


async def tried_once(
    attempt: Callable[[], Awaitable[Outcome]], earlier: Callable[[], Awaitable[Outcome | None]]
) -> Outcome:
    """Return what an attempt gives, or what `earlier` finds that one with the same key gave; None means nothing."""
    # Where the database is away, the attempt claims the tickets all the same: then they wait for its return. To commit
    # with a key that was used has no effect.
    with suppress(StoreError):
        if (outcome := await earlier()) is not None:
            return outcome
    try:
        return await attempt()
    except StoreError:
        raise
    except BookedError:
        # What a twin has brought about in the meantime may be just what stands in the way.
        if (outcome := await earlier()) is not None:
            return outcome
        raise
