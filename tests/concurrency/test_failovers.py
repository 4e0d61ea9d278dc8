"""Failovers of real servers: a standby that lacks the last second, a Valkey that is promoted again."""

from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest
from redis.asyncio import Redis

from booked.adapters.postgres.migrations import migrate
from booked.adapters.redis import loading
from booked.domain.errors import StoreError
from booked.domain.model.ids import EventId, TicketId, UserId
from booked.ports.holds import EventIsCold
from tests.concurrency.processes import Process
from tests.pairs import PostgresPair, follow, postgres_pair, promote, url_of, valkey_pair


@pytest.fixture
async def pair(directory: Path) -> AsyncIterator[PostgresPair]:
    async with postgres_pair(directory) as pair:
        await migrate(f"postgresql://postgres@{pair.primary.address}/postgres")
        yield pair


async def test_after_a_standby_without_the_last_second_was_promoted_the_sale_goes_on(
    pair: PostgresPair, redis_url: str
) -> None:
    process = await Process.open(pair.url, redis_url)
    event = await process.event(3)
    ann, ben, cat = await process.people(3)
    await process.buy(ann, event)
    await pair.catch_up()
    await pair.fall_behind()
    await process.inventory.repair(event)
    lost = await process.buy(ben, event)
    kept = await process.sale.reserve(ann, event, 1)

    await pair.fail_over()
    await book_when_it_answers(process, ann, kept)

    stock = await process.holds.stock(event)
    assert (stock.sold, stock.free) == (2, 1)  # the database has forgotten what ben bought
    assert await process.buy(cat, event) == lost
    await process.close()


async def book_when_it_answers(process: Process, user_id: UserId, tickets: Sequence[TicketId]) -> None:
    """Send a booking again while its outcome is unknown or no server answers, as a client does after a 503."""
    for _ in range(50):
        try:
            return await process.sale.book(user_id, tickets)
        except StoreError:
            continue
    raise AssertionError("no server answers")


@pytest.mark.parametrize("guarded", [True, False])
async def test_a_valkey_that_is_promoted_again_is_cold_unless_its_replication_id_is_left_out(
    directory: Path, database_url: str, monkeypatch: pytest.MonkeyPatch, guarded: bool
) -> None:
    if not guarded:
        monkeypatch.setattr(loading, "server_mark", lambda server: server["run_id"])
    async with valkey_pair(directory) as (first, second):
        event = await sold_on_the_second_while_the_first_was_away(first, second, database_url)

        again = await Process.open(database_url, url_of(first))
        if guarded:
            with pytest.raises(EventIsCold):
                await again.holds.stock(event)
        else:
            assert (await again.holds.stock(event)).sold == 1  # two are: it would promise one of them to somebody else
        await again.close()


async def sold_on_the_second_while_the_first_was_away(first: Redis, second: Redis, database_url: str) -> EventId:
    """Fail over from the first to the second, sell, and fail back with a replica that has heard of nothing."""
    process = await Process.open(database_url, url_of(first))
    event = await process.event(3)
    ann, ben = await process.people(2)
    await process.buy(ann, event)
    await process.close()
    await promote(second)

    process = await Process.open(database_url, url_of(second))
    await process.buy(ben, event)
    await process.close()

    await first.replicaof("127.0.0.1", 1)  # it is demoted; its link never comes up
    await promote(first)
    await follow(second, first)
    return event
