"""The promises of the hold store: requests that must take effect once."""

import asyncio
from datetime import timedelta

import pytest

from booked.domain.errors import IdempotencyKeyReused, TooFewTickets
from booked.domain.model.ids import EventId
from booked.domain.model.sale.idempotency import IdempotencyKey
from booked.domain.model.sale.reservations import AnyOf, Reservation
from booked.ports.hold_store import HoldStore
from tests.builders import ANN, BEN, TTL, an_event_id, install, key_by, sold_tickets

MINUTE = timedelta(minutes=1)


# Requests that must take effect once


async def test_a_repeated_request_is_given_what_the_first_one_made(holds: HoldStore, concert: EventId) -> None:
    made = await holds.make_reservation(concert, ANN, AnyOf(2), TTL, key_by(ANN))

    again = await holds.make_reservation(concert, ANN, AnyOf(2), TTL, key_by(ANN))

    assert again == made
    assert (await holds.stock(concert)).held == 2


async def test_of_many_twins_one_takes_effect(holds: HoldStore, concert: EventId) -> None:
    made = await asyncio.gather(*(holds.make_reservation(concert, ANN, AnyOf(2), TTL, key_by(ANN)) for _ in range(32)))

    assert len({reservation.id for reservation in made}) == 1
    assert (await holds.stock(concert)).held == 2


async def test_a_repeated_request_is_given_the_reservation_as_it_is_now(holds: HoldStore, concert: EventId) -> None:
    made = await holds.make_reservation(concert, ANN, AnyOf(2), TTL, key_by(ANN))
    enlarged = await holds.enlarge(made.id, ANN, AnyOf(1))

    assert await holds.make_reservation(concert, ANN, AnyOf(2), TTL, key_by(ANN)) == enlarged

    await holds.give_back(made.id, ANN)
    ended = await holds.make_reservation(concert, ANN, AnyOf(2), TTL, key_by(ANN))
    assert (ended.id, ended.numbers, ended.made_at) == (made.id, (), made.made_at)
    assert (await holds.stock(concert)).held == 0


@pytest.mark.parametrize("change", ["enlarge", "reduce"])
async def test_a_repeated_change_takes_effect_once(holds: HoldStore, concert: EventId, change: str) -> None:
    made = await holds.make_reservation(concert, ANN, AnyOf(3), TTL)

    async def attempt(idempotency_key: IdempotencyKey | None) -> Reservation:
        if change == "enlarge":
            return await holds.enlarge(made.id, ANN, AnyOf(1), idempotency_key)
        return await holds.reduce(made.id, ANN, 1, idempotency_key)

    assert await holds.answered(concert, key_by(ANN)) is None
    changed = await asyncio.gather(*(attempt(key_by(ANN)) for _ in range(16)))
    without_key = await attempt(None)

    assert {len(reservation.numbers) for reservation in changed} == {4 if change == "enlarge" else 2}
    assert await holds.answered(concert, key_by(ANN)) == await attempt(key_by(ANN)) == without_key
    assert await holds.answered(concert, key_by(BEN)) is None
    for repeated in (
        attempt(key_by(ANN, fingerprint=b"another one")),
        holds.answered(concert, key_by(ANN, fingerprint=b"another one")),
    ):
        with pytest.raises(IdempotencyKeyReused):
            await repeated
    await holds.give_back(made.id, ANN)
    ended = await attempt(key_by(ANN))
    assert (ended.id, ended.numbers) == (made.id, ())


async def test_a_repeated_extension_extends_once(holds: HoldStore, concert: EventId) -> None:
    made = await holds.make_reservation(concert, ANN, AnyOf(2), TTL)

    extended = await asyncio.gather(
        *(holds.extend(made.id, ANN, MINUTE, most=5, idempotency_key=key_by(ANN)) for _ in range(16))
    )

    assert {(reservation.id, reservation.expires_at - made.expires_at) for reservation in extended} == {
        (made.id, MINUTE)
    }
    assert {reservation.extensions for reservation in extended} == {1}
    with pytest.raises(IdempotencyKeyReused):
        await holds.extend(made.id, ANN, MINUTE, most=5, idempotency_key=key_by(ANN, fingerprint=b"another one"))


async def test_a_key_with_another_request_is_refused(holds: HoldStore, concert: EventId) -> None:
    await holds.make_reservation(concert, ANN, AnyOf(2), TTL, key_by(ANN))

    with pytest.raises(IdempotencyKeyReused):
        await holds.make_reservation(concert, ANN, AnyOf(2), TTL, key_by(ANN, fingerprint=b"another one"))

    assert (await holds.stock(concert)).held == 2


async def test_a_key_is_its_users_and_its_events_own(holds: HoldStore, concert: EventId) -> None:
    other = an_event_id()
    await install(holds, other, sold_tickets())
    anns = await holds.make_reservation(concert, ANN, AnyOf(1), TTL, key_by(ANN))

    bens = await holds.make_reservation(concert, BEN, AnyOf(1), TTL, key_by(BEN))
    elsewhere = await holds.make_reservation(other, ANN, AnyOf(1), TTL, key_by(ANN, fingerprint=b"another one"))

    assert len({anns.id, bens.id, elsewhere.id}) == 3


async def test_a_refused_request_leaves_its_key_free(holds: HoldStore, concert: EventId) -> None:
    everything = await holds.make_reservation(concert, BEN, AnyOf(20), TTL)
    with pytest.raises(TooFewTickets):
        await holds.make_reservation(concert, ANN, AnyOf(2), TTL, key_by(ANN))
    await holds.give_back(everything.id, BEN)

    assert (await holds.make_reservation(concert, ANN, AnyOf(2), TTL, key_by(ANN))).numbers == (1, 2)


@pytest.mark.parametrize("key", ["}", "{x}", "a:b|c|", " ", "~" * 255])
async def test_a_key_may_be_any_text(holds: HoldStore, concert: EventId, key: str) -> None:
    idempotency_key = key_by(ANN, key, b"")

    made = await holds.make_reservation(concert, ANN, AnyOf(1), TTL, idempotency_key)

    assert await holds.make_reservation(concert, ANN, AnyOf(1), TTL, idempotency_key) == made
