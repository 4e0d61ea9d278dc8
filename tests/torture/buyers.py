"""A crowd that buys and cancels amid all faults, and knows exactly what it was told it owns."""

import asyncio
import random
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from math import inf
from uuid import uuid4

from booked.domain.model.ids import EventId, TicketId, number_of, ticket_type_id
from tests.torture.calls import Caller, Reply, Unanswered

PATIENCE = 15.0  # seconds for an answer
RESTS = 0.6  # seconds at most between two purchases
BETWEEN_TRIES = 0.1
RECENT = 200  # purchases, more than there are buyers
HANGS_UP = 0.05  # how often a buyer does not wait for the answer
HURRY = 0.1  # seconds that it waits at most then
GIVES_UP_AFTER = 40.0  # seconds, longer than holds last of which nobody was told
CANCELS = 0.45  # how often, instead of buying
AT_ONCE = 0.5
SOLD_OUT = "TICKET-01"
UNDER_WAY = "SYS-13"
# Not had, lapsed, somebody else's by now, cancelled by an earlier try.
REFUSALS = {SOLD_OUT, "TICKET-02", "TICKET-03", "TICKET-09"}


@dataclass(slots=True)
class Crowd:
    """Buyers of one event. `acknowledged` has when each purchase was asked for that was confirmed.

    If they are `careless`, they do not send the same key again when they repeat a request.
    """

    event: str
    seats: int
    careless: bool = False
    finishing_since: float = inf
    over: bool = False
    acknowledged: list[float] = field(default_factory=list)
    owned: list[dict[int, str]] = field(default_factory=list)
    untrue: list[str] = field(default_factory=list)
    slowest: float = 0.0

    @property
    def standing(self) -> int:
        return sum(map(len, self.owned))

    @property
    def is_done(self) -> bool:
        """Return whether it is time to go: all is sold, or nobody has been able to buy for long."""
        last = max([*self.acknowledged[-RECENT:], self.finishing_since])
        return self.finishing and (self.standing >= self.seats or time.monotonic() - last > GIVES_UP_AFTER)

    @property
    def finishing(self) -> bool:
        return self.finishing_since < inf

    def sold_since(self, moment: float) -> bool:
        """Return whether somebody was sold a ticket who asked for it after this moment."""
        return any(asked > moment for asked in self.acknowledged[-RECENT:])

    def finish(self) -> None:
        """Let the crowd buy the rest."""
        self.finishing_since = time.monotonic()

    async def live(self, callers: Sequence[Caller]) -> None:
        """Buy and cancel until it is to `finish`, then buy until nothing is left or it is `over`."""
        self.owned = [{} for _ in callers]
        buyers = zip(callers, self.owned, strict=True)
        await asyncio.gather(*(Buyer(self, caller, owned).live() for caller, owned in buyers))


@dataclass(slots=True)
class Buyer:
    """`owned` maps the numbers of tickets to their bookings; `asked` is when the latest request was sent."""

    crowd: Crowd
    caller: Caller
    owned: dict[int, str]
    asked: float = 0.0

    async def live(self) -> None:
        while not self.crowd.over and not self.crowd.is_done:
            await asyncio.sleep(random.random() * RESTS)
            if self.owned and not self.crowd.finishing and random.random() < CANCELS:
                await self._cancel()
            else:
                await self._buy()
        self.caller.close()

    async def _buy(self) -> None:
        """Reserve and book, or both in one request."""
        if random.random() < AT_ONCE:
            wish = {"ticket_type_id": ticket_type_id(EventId(self.crowd.event), 1), "num_tickets": 1}
            bought = await self._insist("/api/v1/bookings/", wish)
            if bought is not None and bought.is_ok:
                self._own(bought, [ticket["id"] for ticket in bought.body["tickets"]], self.asked)
            return
        reserved = await self._insist("/api/v1/reservations/", {"event_id": self.crowd.event, "num_tickets": 1})
        if reserved is None or not reserved.is_ok:
            return
        asked, tickets = self.asked, [ticket["id"] for ticket in reserved.body["tickets"]]
        booked = await self._insist("/api/v1/bookings/", {"tickets": tickets}) if tickets else None
        if booked is not None and booked.is_ok:
            self._own(booked, tickets, asked)

    def _own(self, booked: Reply, tickets: Sequence[TicketId], asked: float) -> None:
        self.owned |= {number_of(ticket): booked.body["id"] for ticket in tickets}
        self.crowd.acknowledged.append(asked)

    async def _cancel(self) -> None:
        number, booking = random.choice([*self.owned.items()])
        if await self._insist(f"/api/v1/bookings/{booking}/cancel/", None) is not None:
            del self.owned[number]

    async def _insist(self, path: str, body: object) -> Reply | None:
        """Send a request again, with the same key, until its outcome is known. None if there is none in the end."""
        key = str(uuid4())
        while not self.crowd.over:
            self.asked = time.monotonic()
            patience = random.random() * HURRY if random.random() < HANGS_UP else PATIENCE
            try:
                reply = await self.caller.ask("POST", path, body, key, patience)
            except Unanswered:
                reply = None
            self.crowd.slowest = max(self.crowd.slowest, time.monotonic() - self.asked)
            if reply is not None and (reply.is_ok or reply.code in REFUSALS):
                return reply
            if reply is not None and reply.status != 503 and reply.code != UNDER_WAY:
                self.crowd.untrue.append(f"{path}: {reply.status} {reply.body}")
                return None
            await asyncio.sleep(BETWEEN_TRIES)
            if self.crowd.careless:
                key = str(uuid4())
        self.crowd.untrue.append(f"{path}: never answered")
        return None
