"""The promises of the hold store: offers to the waitlist, which are held, booked or declined."""

import asyncio
from datetime import timedelta

import pytest

from booked.domain.errors import NotYourTicket, OverTicketLimit, TooFewTickets
from booked.domain.model.ids import EventId
from booked.domain.model.sale.reservations import AnyOf
from booked.domain.model.sale.waitlist import Demand
from booked.ports.hold_store import HoldStore
from booked.ports.holds import NotHeld, TurnIsOver
from tests.builders import ANN, BEN, TTL, a_booking_id, an_entry, an_event_id, install, make_offer, sold_tickets
from tests.contracts.conftest import Lapse

OFFER_TTL = timedelta(minutes=15)


# Offers


async def test_an_offer_holds_the_partys_tickets(holds: HoldStore, queued: EventId) -> None:
    entry = an_entry(queued, ANN, 3)

    offer = await make_offer(holds, entry, OFFER_TTL)

    assert (offer.entry_id, offer.event_id, offer.user_id) == (entry.id, queued, ANN)
    assert len(set(offer.numbers)) == 3
    assert (await holds.inspect(queued)).held == set(offer.numbers)
    assert await holds.offers(queued) == [offer]


async def test_an_offer_takes_what_was_set_aside_before_anything_else(holds: HoldStore, queued: EventId) -> None:
    await make_offer(holds, an_entry(queued, ANN, 3), OFFER_TTL)
    first = await holds.stock(queued)
    await make_offer(holds, an_entry(queued, BEN, 2), OFFER_TTL)
    second = await holds.stock(queued)

    assert (first.aside, first.public) == (1, 2)
    assert (second.aside, second.public) == (0, 1)


async def test_what_others_gather_stays_set_aside(holds: HoldStore, queued: EventId) -> None:
    await holds.offer(an_entry(queued, ANN, 3), 1, OFFER_TTL, kept_aside=3)
    first = await holds.stock(queued)
    await holds.offer(an_entry(queued, BEN, 1), 1, OFFER_TTL, kept_aside=9)
    second = await holds.stock(queued)

    assert (first.aside, first.public) == (3, 0)
    assert (second.aside, second.free) == (3, 2)


async def test_a_party_has_one_offer_however_often_it_is_made(holds: HoldStore, queued: EventId) -> None:
    entry = an_entry(queued, ANN, 3)

    offers = await asyncio.gather(*(make_offer(holds, entry, OFFER_TTL) for _ in range(8)))

    assert offers == [offers[0]] * 8
    assert (await holds.stock(queued)).held == 3


async def test_no_offer_is_made_in_a_turn_whose_offer_was_booked(holds: HoldStore, queued: EventId) -> None:
    entry = an_entry(queued, ANN, 2, version=4)
    offer = await make_offer(holds, entry)
    claim = await holds.claim(queued, ANN, offer.numbers, a_booking_id())
    await holds.settle(queued, claim.booking_id)

    with pytest.raises(TurnIsOver):
        await holds.offer(entry, 1, OFFER_TTL)

    assert (await holds.stock(queued)).held == 0


async def test_no_offer_is_made_in_a_turn_whose_offer_lapsed_even_after_a_flip(
    holds: HoldStore, queued: EventId, lapse: Lapse
) -> None:
    entry = an_entry(queued, ANN, 2, version=4)
    offer = await make_offer(holds, entry)
    await lapse(queued, offer.numbers)
    await holds.offers(queued)
    await install(holds, queued, sold_tickets([(1, 14)], epoch=2, waiting=4, waiting_version=1))

    with pytest.raises(TurnIsOver):
        await holds.offer(entry, 2, OFFER_TTL)

    assert await holds.offers(queued) == []


async def test_no_offer_is_made_in_an_earlier_turn_than_the_last_one(
    holds: HoldStore, queued: EventId, lapse: Lapse
) -> None:
    lost = await make_offer(holds, an_entry(queued, ANN, 2, version=7))
    await lapse(queued, lost.numbers)

    with pytest.raises(TurnIsOver):
        await holds.offer(an_entry(queued, ANN, 2, version=4), 1, OFFER_TTL)

    again = await make_offer(holds, an_entry(queued, ANN, 2, version=9))
    assert again.version == 9


@pytest.mark.parametrize("epoch", [0, 2])
async def test_an_offer_under_another_epoch_is_late(holds: HoldStore, queued: EventId, epoch: int) -> None:
    assert await holds.offer(an_entry(queued, ANN, 2), epoch, OFFER_TTL) is None

    assert (await holds.stock(queued)).held == 0


async def test_a_party_larger_than_what_is_free_is_offered_nothing(holds: HoldStore, queued: EventId) -> None:
    before = await holds.stock(queued)

    with pytest.raises(TooFewTickets):
        await make_offer(holds, an_entry(queued, ANN, 7), OFFER_TTL)

    assert await holds.stock(queued) == before
    assert await holds.offers(queued) == []


async def test_a_party_is_offered_no_more_than_the_event_allows(holds: HoldStore) -> None:
    event_id = an_event_id()
    await install(holds, event_id, sold_tickets([(1, 2)], ticket_limit=4, per_user=[(ANN, 2)]))

    with pytest.raises(OverTicketLimit):
        await make_offer(holds, an_entry(event_id, ANN, 3), OFFER_TTL)

    assert (await holds.stock(event_id)).held == 0
    await make_offer(holds, an_entry(event_id, ANN, 2), OFFER_TTL)


async def test_reserving_gives_the_offered_tickets_under_the_offers_deadline(holds: HoldStore, queued: EventId) -> None:
    offer = await make_offer(holds, an_entry(queued, ANN, 4), OFFER_TTL)

    hold = await holds.reserve(queued, ANN, 4, TTL)
    again = await holds.reserve(queued, ANN, 4, TTL)

    assert set(hold.numbers) == set(offer.numbers)
    assert hold.expires_at == offer.expires_at
    assert again == hold
    assert (await holds.stock(queued)).held == 4


async def test_reserving_fewer_than_were_offered_gives_some_of_them(holds: HoldStore, queued: EventId) -> None:
    offer = await make_offer(holds, an_entry(queued, ANN, 4), OFFER_TTL)

    hold = await holds.reserve(queued, ANN, 2, TTL)

    assert len(hold.numbers) == 2
    assert set(hold.numbers) < set(offer.numbers)
    assert await holds.offers(queued) == [offer]


async def test_reserving_more_than_were_offered_adds_some_of_the_publics(holds: HoldStore, queued: EventId) -> None:
    offer = await make_offer(holds, an_entry(queued, ANN, 4), OFFER_TTL)

    hold = await holds.reserve(queued, ANN, 5, TTL)

    assert len(hold.numbers) == 5
    assert set(offer.numbers) < set(hold.numbers)
    assert hold.expires_at < offer.expires_at
    assert await holds.offers(queued) == [offer]


async def test_reserving_more_than_were_offered_and_are_the_publics_holds_nothing_new(
    holds: HoldStore, queued: EventId
) -> None:
    offer = await make_offer(holds, an_entry(queued, ANN, 3), OFFER_TTL)
    before = await holds.stock(queued)

    with pytest.raises(TooFewTickets):
        await holds.reserve(queued, ANN, 3 + before.public + 1, TTL)

    assert await holds.stock(queued) == before
    assert await holds.offers(queued) == [offer]


async def test_nobody_else_is_given_offered_tickets(holds: HoldStore, queued: EventId) -> None:
    offer = await make_offer(holds, an_entry(queued, ANN, 4), OFFER_TTL)

    hold = await holds.reserve(queued, BEN, 2, TTL)

    assert set(hold.numbers).isdisjoint(offer.numbers)
    with pytest.raises(NotYourTicket):
        await holds.claim(queued, BEN, offer.numbers[:1], a_booking_id())


async def test_a_claim_of_offered_tickets_names_the_entry(holds: HoldStore, queued: EventId) -> None:
    entry = an_entry(queued, ANN, 3)
    await make_offer(holds, entry, OFFER_TTL)
    hold = await holds.reserve(queued, ANN, 4, TTL)
    others = await holds.reserve(queued, BEN, 1, TTL)

    claim = await holds.claim(queued, ANN, hold.numbers, a_booking_id())
    plain = await holds.claim(queued, BEN, others.numbers, a_booking_id())

    assert claim.entry_id == entry.id
    assert plain.entry_id is None
    assert claim in await holds.stale_claims(queued, timedelta(0))


async def test_an_offer_stands_while_it_is_being_booked_and_if_that_fails(holds: HoldStore, queued: EventId) -> None:
    entry = an_entry(queued, ANN, 3)
    offer = await make_offer(holds, entry, OFFER_TTL)
    claim = await holds.claim(queued, ANN, offer.numbers, a_booking_id())

    during = await holds.offers(queued)
    once_more = await make_offer(holds, entry, OFFER_TTL)
    await holds.abandon(queued, claim.booking_id)
    afterwards = await holds.offers(queued)

    assert (during, once_more, afterwards) == ([offer], offer, [offer])
    assert (await holds.stock(queued)).held == 3


@pytest.mark.parametrize("booked", [3, 1])
async def test_an_offer_ends_when_any_of_it_is_booked(holds: HoldStore, queued: EventId, booked: int) -> None:
    offer = await make_offer(holds, an_entry(queued, ANN, 3), OFFER_TTL)
    claim = await holds.claim(queued, ANN, offer.numbers[:booked], a_booking_id())

    await holds.settle(queued, claim.booking_id)

    assert await holds.offers(queued) == []
    assert (await holds.inspect(queued)).held == set(offer.numbers[booked:])


async def test_a_lapsed_offer_comes_back_for_the_queue(holds: HoldStore, queued: EventId, lapse: Lapse) -> None:
    offer = await make_offer(holds, an_entry(queued, ANN, 4), OFFER_TTL)
    await holds.set_demand(Demand(queued, tickets=3, version=2))

    await lapse(queued, offer.numbers)

    assert await holds.offers(queued) == []
    stock = await holds.stock(queued)
    assert (stock.free, stock.aside) == (6, 3)
    with pytest.raises(NotHeld):
        await holds.claim(queued, ANN, offer.numbers, a_booking_id())


async def test_an_offer_survives_a_flip(holds: HoldStore, queued: EventId) -> None:
    entry = an_entry(queued, ANN, 3)
    offer = await make_offer(holds, entry, OFFER_TTL)

    await install(holds, queued, sold_tickets([(1, 14)], epoch=2, waiting=1, waiting_version=2))

    assert await holds.offers(queued) == [offer]
    assert set((await holds.reserve(queued, ANN, 3, TTL)).numbers) == set(offer.numbers)
    assert (await holds.claim(queued, ANN, offer.numbers, a_booking_id())).entry_id == entry.id


async def test_every_party_has_its_own_offer(holds: HoldStore, queued: EventId) -> None:
    first = await make_offer(holds, an_entry(queued, ANN, 2), OFFER_TTL)
    second = await make_offer(holds, an_entry(queued, BEN, 3), OFFER_TTL)

    assert set(first.numbers).isdisjoint(second.numbers)
    assert sorted(await holds.offers(queued), key=lambda offer: offer.numbers) == [first, second]


# Declining


async def test_a_declined_offer_comes_back_for_the_queue(holds: HoldStore, queued: EventId) -> None:
    entry = an_entry(queued, ANN, 4)
    await make_offer(holds, entry, OFFER_TTL)
    await holds.set_demand(Demand(queued, tickets=3, version=2))

    declined = await holds.decline(queued, ANN, entry.id)

    stock = await holds.stock(queued)
    assert declined
    assert (stock.free, stock.aside, stock.held) == (6, 3, 0)
    assert await holds.offers(queued) == []
    assert (await holds.funnel(queued)).given_back == 4


async def test_an_offer_is_declined_once(holds: HoldStore, queued: EventId) -> None:
    entry, other = an_entry(queued, ANN, 2), an_entry(queued, BEN, 3)
    await make_offer(holds, entry, OFFER_TTL)
    others = await make_offer(holds, other, OFFER_TTL)

    outcomes = await asyncio.gather(*(holds.decline(queued, ANN, entry.id) for _ in range(8)))

    assert outcomes.count(True) == 1
    assert await holds.offers(queued) == [others]
    assert (await holds.stock(queued)).free == 3


async def test_only_the_entrys_own_offer_is_declined(holds: HoldStore, queued: EventId) -> None:
    entry = an_entry(queued, ANN, 2)
    offer = await make_offer(holds, entry, OFFER_TTL)

    assert not await holds.decline(queued, ANN, an_entry(queued, ANN).id)
    assert not await holds.decline(queued, BEN, entry.id)

    assert await holds.offers(queued) == [offer]


async def test_a_reservation_made_of_an_offer_ends_when_the_offer_is_declined(
    holds: HoldStore, queued: EventId
) -> None:
    entry = an_entry(queued, ANN, 2)
    await make_offer(holds, entry, OFFER_TTL)
    made = await holds.make_reservation(queued, ANN, AnyOf(3), TTL)
    [own] = set(made.numbers) - set((await holds.offers(queued))[0].numbers)

    assert await holds.decline(queued, ANN, entry.id)

    left = await holds.reservation(made.id)
    assert left is not None
    assert left.numbers == (own,)


async def test_an_offer_that_is_being_booked_is_not_declined(holds: HoldStore, queued: EventId) -> None:
    entry = an_entry(queued, ANN, 2)
    offer = await make_offer(holds, entry, OFFER_TTL)
    claim = await holds.claim(queued, ANN, offer.numbers[:1], a_booking_id())
    before = await holds.stock(queued)

    during = await holds.decline(queued, ANN, entry.id)
    unchanged = await holds.stock(queued)
    await holds.abandon(queued, claim.booking_id)
    afterwards = await holds.decline(queued, ANN, entry.id)

    assert (during, unchanged, afterwards) == (False, before, True)


async def test_what_is_left_of_a_booked_offer_is_not_declined(holds: HoldStore, queued: EventId) -> None:
    entry = an_entry(queued, ANN, 2)
    offer = await make_offer(holds, entry, OFFER_TTL)
    claim = await holds.claim(queued, ANN, offer.numbers[:1], a_booking_id())
    await holds.settle(queued, claim.booking_id)

    assert not await holds.decline(queued, ANN, entry.id)

    assert (await holds.inspect(queued)).held == {offer.numbers[1]}


async def test_an_offer_that_lapsed_or_was_given_back_leaves_nothing_to_decline(
    holds: HoldStore, queued: EventId, lapse: Lapse
) -> None:
    lapsed, returned = an_entry(queued, ANN, 2), an_entry(queued, BEN, 2)
    offer = await make_offer(holds, lapsed, OFFER_TTL)
    await make_offer(holds, returned, OFFER_TTL)
    made = await holds.make_reservation(queued, BEN, AnyOf(2), TTL)
    await holds.give_back(made.id, BEN)
    await lapse(queued, offer.numbers)

    assert not await holds.decline(queued, ANN, lapsed.id)
    assert await holds.decline(queued, BEN, returned.id)

    assert await holds.offers(queued) == []
    assert (await holds.stock(queued)).free == 6
