"""Verifying: what must be found is found, and a sale that goes on meanwhile is not mistaken for a fault."""

import asyncio
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import pytest

from booked.bootstrap import open_maintenance, open_services
from booked.domain.model.ids import EventId
from booked.domain.model.people.users import User
from booked.domain.model.sale.holds import Miscount, Stock
from booked.domain.model.upkeep.inventory import Inspection, SoldTickets
from booked.domain.services.upkeep.verification import LOOKS, Report, VerificationService
from booked.ports.holds import EventIsCold
from booked.settings import Settings
from tests.builders import ANN, FrozenClock, a_specification, an_event_id, sold_tickets

EVENT = an_event_id()
ANNS_TWO = sold_tickets([(1, 2)], per_user=[(ANN, 2)])


def an_inspection(
    sold: Iterable[int] = (1, 2),
    held: Iterable[int] = (),
    claimed: Iterable[int] = (),
    **figures: Any,
) -> Inspection:
    """What a hold store would say whose figures fit its tickets, but for those given."""
    sold, held, claimed = frozenset(sold), frozenset(held), frozenset(claimed)
    stock = Stock(
        epoch=1,
        capacity=20,
        sold=len(sold),
        held=len(held),
        claimed=len(claimed),
        aside=0,
        marked=len(sold | held | claimed),
        released=0,
    )
    return Inspection(replace(stock, **figures), sold, held, claimed)


MISCOUNTED = Inspection(
    Stock(epoch=1, capacity=20, sold=2, held=2, claimed=0, aside=0, marked=3, released=0),
    sold=frozenset({1, 2}),
    held=frozenset({3}),
    claimed=frozenset(),
)


class Looks:
    """Both stores, with an answer for each look; the last one stays."""

    def __init__(self, *looks: tuple[SoldTickets | None, Inspection | None]) -> None:
        self._looks = list(looks)
        self.taken = 0
        self.miscounts: list[Miscount] = []
        self.ledgers = self

    async def inspect(self, _: EventId) -> Inspection:
        inspection = self._looks[0][1]
        if inspection is None:
            raise EventIsCold
        return inspection

    async def sold_tickets(self, _: EventId) -> SoldTickets | None:
        self.taken += 1
        return (self._looks.pop(0) if len(self._looks) > 1 else self._looks[0])[0]

    async def miscounted(self, _: EventId) -> list[Miscount]:
        return self.miscounts

    async def verify(self) -> Report:
        stores: Any = self
        return await VerificationService(database=stores, holds=stores, clock=FrozenClock()).verify(EVENT)


async def test_stores_that_agree_are_looked_at_once() -> None:
    looks = Looks((ANNS_TWO, an_inspection(held=[7], claimed=[9])))

    assert await looks.verify() == Report(EVENT, cold=False, findings=[])
    assert looks.taken == 1


async def test_a_booking_that_is_not_settled_yet_is_no_fault() -> None:
    report = await Looks((ANNS_TWO, an_inspection(sold=[1], claimed=[2]))).verify()

    assert not report.findings


@pytest.mark.parametrize(
    ("database", "hold_store", "what", "tickets"),
    [
        (ANNS_TWO, an_inspection(sold=[1]), "sold tickets on offer again", {2}),
        (ANNS_TWO, an_inspection(sold=[1], held=[2]), "sold tickets held by somebody", {2}),
        (ANNS_TWO, an_inspection(sold=[1, 2, 5, 6]), "tickets kept from sale", {5, 6}),
        (ANNS_TWO, an_inspection(epoch=2), "epochs differ", set()),
        (ANNS_TWO, an_inspection(capacity=21), "capacities differ", set()),
        (ANNS_TWO, an_inspection(released=1), "cancelled tickets have not come back", set()),
        (ANNS_TWO, MISCOUNTED, "tickets found are not those counted", set()),
        (ANNS_TWO, an_inspection(marked=1), "tickets marked as taken are not those sold, held or claimed", set()),
        (
            sold_tickets([(20, 21)], per_user=[(ANN, 2)]),
            an_inspection(sold=[20, 21]),
            "tickets sold that do not exist",
            {21},
        ),
        (
            sold_tickets([(1, 2)], per_user=[(ANN, 1)], ticket_limit=4),
            an_inspection(),
            "tickets owned or blocked are not those sold",
            set(),
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
async def test_a_fault_is_found(database: SoldTickets, hold_store: Inspection, what: str, tickets: set[int]) -> None:
    report = await Looks((database, hold_store)).verify()

    assert [(finding.what, set(finding.tickets)) for finding in report.findings] == [(what, tickets)]


async def test_a_counter_that_differs_from_its_rows_is_named() -> None:
    looks = Looks((ANNS_TWO, None))
    looks.miscounts = [Miscount("revenue", counted=10, found=9)]

    [finding] = (await looks.verify()).findings

    assert (finding.what, finding.database) == ("revenue: counters differ from rows", "10 counted, 9 found")


async def test_what_is_gone_at_the_next_look_was_no_fault() -> None:
    looks = Looks((ANNS_TWO, an_inspection(sold=[1])), (ANNS_TWO, an_inspection()))

    assert not (await looks.verify()).findings
    assert looks.taken == 2


async def test_other_tickets_at_each_look_are_a_sale_that_goes_on() -> None:
    looks = Looks(
        (sold_tickets([(1, 1)]), an_inspection(sold=[])),
        (sold_tickets([(1, 2)]), an_inspection(sold=[1])),
    )

    assert not (await looks.verify()).findings


async def test_of_several_tickets_those_remain_that_are_there_each_time() -> None:
    looks = Looks((ANNS_TWO, an_inspection(sold=[])), (ANNS_TWO, an_inspection(sold=[1])))

    [finding] = (await looks.verify()).findings

    assert finding.tickets == {2}
    assert looks.taken == LOOKS


async def test_cancelled_tickets_that_the_hold_store_has_not_heard_of_are_on_their_way_back() -> None:
    cancelled = replace(sold_tickets([]), ledger=replace(sold_tickets([]).ledger, released=2))

    on_their_way = [finding.what for finding in (await Looks((cancelled, an_inspection())).verify()).findings]
    one_too_many = [
        finding.what for finding in (await Looks((cancelled, an_inspection(sold=[1, 2, 3]))).verify()).findings
    ]

    assert on_their_way == ["cancelled tickets have not come back"]  # still counted, should they never arrive
    assert one_too_many == ["cancelled tickets have not come back", "tickets kept from sale"]


async def test_a_figure_that_moves_is_a_sale_that_goes_on() -> None:
    looks = Looks((ANNS_TWO, an_inspection(released=1)), (ANNS_TWO, an_inspection(released=2)))

    assert not (await looks.verify()).findings


async def test_of_a_cold_event_the_database_alone_is_looked_at() -> None:
    assert await Looks((ANNS_TWO, None)).verify() == Report(EVENT, cold=True, findings=[])


async def test_a_withdrawn_event_is_in_order() -> None:
    assert not (await Looks((None, an_inspection())).verify()).findings


async def test_a_sale_that_goes_on_is_not_mistaken_for_a_fault(database_url: str, redis_url: str) -> None:
    settings = Settings(database_url=database_url, redis_url=redis_url, jwt_secret="s" * 32)
    async with open_services(settings) as services, open_maintenance(settings) as maintenance:
        verification = maintenance.verification
        event = await services.events.put_on(a_specification(seats=60))
        guests = [await services.accounts.register(f"g{n}", f"g{n}@example.com", "battery staple") for n in range(8)]

        async def come_and_go(guest: User) -> None:
            for visit in range(25):
                tickets = await services.sale.reserve(guest.id, event, 1 + visit % 5)
                await services.sale.book(guest.id, tickets)
                await services.sale.cancel(guest.id, event, len(tickets))

        visits = asyncio.gather(*(come_and_go(guest) for guest in guests))
        reports = []
        while not visits.done():
            reports.append(await verification.verify(event))
        await visits

        assert len(reports) > 1
        assert not [finding for report in reports for finding in report.findings]
        assert not (await verification.verify(event)).findings
