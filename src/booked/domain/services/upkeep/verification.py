"""Proving the two stores agree, event by event and ticket by ticket, while the sale goes on."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from booked.domain.model.ids import EventId
from booked.domain.model.sale.holds import Ledger, Miscount, Stock
from booked.domain.model.upkeep.inventory import Inspection, SoldTickets
from booked.ports.database import Database
from booked.ports.holds import EventIsCold
from booked.ports.system import Clock
from booked.ports.upkeep import Inspections

EVENTS_A_PAGE = 500
LOOKS = 6  # at an event, before what is found there counts as real
LOOK_AGAIN_AFTER = 0.5  # seconds: longer than a healthy booking takes from its commit to its settling


@dataclass(frozen=True, slots=True)
class Finding:
    """Something wrong: what each store says, and the numbers of the tickets concerned, if any."""

    what: str
    database: str
    hold_store: str
    tickets: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Report:
    """Of a cold event the hold store knows nothing, so that only the database could be looked at."""

    event_id: EventId
    cold: bool
    findings: list[Finding]


@dataclass(frozen=True, slots=True, kw_only=True)
class VerificationService:
    """Looks at everything and changes nothing."""

    database: Database
    holds: Inspections
    clock: Clock

    async def events(self) -> list[EventId]:
        """Return every event on sale."""
        found: list[EventId] = []
        while page := await self.database.ledgers.on_sale(found[-1] if found else None, EVENTS_A_PAGE):
            found += page
        return found

    async def verify(self, event_id: EventId) -> Report:
        """Return what is wrong with an event. What a sale under way explains is gone at a second look."""
        report = await self._look(event_id)
        for _ in range(LOOKS - 1):
            if not report.findings:
                break
            await self.clock.sleep(LOOK_AGAIN_AFTER)
            again = await self._look(event_id)
            report = replace(again, findings=lasting(report.findings, again.findings))
        return report

    async def _look(self, event_id: EventId) -> Report:
        try:
            inspection = await self.holds.inspect(event_id)
        except EventIsCold:
            inspection = None
        sold = await self.database.ledgers.sold_tickets(event_id)
        if sold is None:  # withdrawn meanwhile
            return Report(event_id, cold=False, findings=[])
        findings = [*_within_database(sold), *_counters(await self.database.ledgers.miscounted(event_id))]
        if inspection is not None:
            findings += [*_within_hold_store(inspection), *_between(sold, inspection)]
        return Report(event_id, cold=inspection is None, findings=findings)


def lasting(earlier: Iterable[Finding], later: Iterable[Finding]) -> list[Finding]:
    """Return findings made both times. Of findings about tickets, the tickets found both times."""
    before = {finding.what: finding for finding in earlier}
    both = []
    for finding in later:
        seen = before.get(finding.what)
        if seen is None:
            continue
        if finding.tickets:
            shared = finding.tickets & seen.tickets
            if shared:
                both.append(replace(finding, tickets=shared))
        elif finding == seen:
            both.append(finding)
    return both


def _within_database(sold: SoldTickets) -> Iterator[Finding]:
    """Find figures contradicting each other. The database read all of them at one moment."""
    ledger = sold.ledger
    rows = sum(last - first + 1 for first, last in sold.ranges)
    if rows != ledger.sold:
        yield Finding("tickets sold are not those counted", f"{ledger.sold} counted, {rows} sold", "–")
    owned = sum(tickets for _, tickets in sold.per_user)
    # Nobody counts them where there is no limit, and never those of the house.
    if ledger.ticket_limit is not None and owned + ledger.blocked != rows:
        what = f"{owned} owned, {ledger.blocked} blocked, {rows} sold"
        yield Finding("tickets owned or blocked are not those sold", what, "–")
    beyond = _numbers(sold) - frozenset(range(1, ledger.capacity + 1))
    if beyond:
        yield Finding("tickets sold that do not exist", f"capacity {ledger.capacity}", "–", beyond)


def _counters(miscounts: Iterable[Miscount]) -> Iterator[Finding]:
    for miscount in miscounts:
        what = f"{miscount.what}: counters differ from rows"
        yield Finding(what, f"{miscount.counted} counted, {miscount.found} found", "–")


def _within_hold_store(inspection: Inspection) -> Iterator[Finding]:
    """Find figures contradicting each other. The hold store gave all of them in one answer."""
    stock = inspection.stock
    counted = (stock.sold, stock.held, stock.claimed)
    taken = (len(inspection.sold), len(inspection.held), len(inspection.claimed))
    if counted != taken:
        yield Finding(
            "tickets found are not those counted",
            "–",
            "counted {} sold, {} held, {} claimed".format(*counted)
            + "; found {} sold, {} held, {} claimed".format(*taken),
        )
    if inspection.stock.marked != sum(taken):
        yield Finding(
            "tickets marked as taken are not those sold, held or claimed",
            "–",
            f"{inspection.stock.marked} marked, {sum(taken)} taken",
        )


def _between(sold: SoldTickets, inspection: Inspection) -> Iterator[Finding]:
    yield from _figures(sold.ledger, inspection.stock)
    numbers = _numbers(sold)
    if inspection.stock.epoch != sold.ledger.epoch:
        return  # the hold store speaks of an older state, which is being or going to be replaced
    if on_offer := numbers - inspection.sold - inspection.held - inspection.claimed:
        yield Finding("sold tickets on offer again", "sold", "free", on_offer)
    if held := numbers & inspection.held:
        yield Finding("sold tickets held by somebody", "sold", "held", held)
    # A cancelled ticket is counted as released here before the hold store hears of it: that many are on their way back.
    on_their_way = sold.ledger.released - inspection.stock.released
    lost = inspection.sold - numbers
    if lost and len(lost) > on_their_way:
        yield Finding("tickets kept from sale", "not sold", "sold", lost)


def _figures(ledger: Ledger, stock: Stock) -> Iterator[Finding]:
    for what, ours, theirs in (
        ("epochs differ", ledger.epoch, stock.epoch),
        ("capacities differ", ledger.capacity, stock.capacity),
        ("cancelled tickets have not come back", ledger.released, stock.released),
    ):
        if ours != theirs:
            yield Finding(what, str(ours), str(theirs))


def _numbers(sold: SoldTickets) -> frozenset[int]:
    return frozenset(number for first, last in sold.ranges for number in range(first, last + 1))
