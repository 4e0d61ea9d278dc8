"""The sale of one event to a crowd, and what is wrong with it in the end."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from booked.domain.model.ids import EventId
from tests.torture.buyers import Crowd
from tests.torture.offices import Office, tokens_for

BUYERS = 64
SOLD_OUT_WITHIN = 300.0  # seconds


@dataclass(slots=True)
class Sale:
    office: Office
    crowd: Crowd
    people: list[str]

    @classmethod
    @asynccontextmanager
    async def on(
        cls, office: Office, seats: int, event: EventId | None = None, *, careless: bool = False
    ) -> AsyncIterator["Sale"]:
        """Let a crowd buy during the block, and then the rest of this many tickets."""
        people = [*map(str, await office.inside.people(BUYERS))]
        crowd = Crowd(event or await office.inside.event(seats), seats, careless=careless)
        living = asyncio.create_task(crowd.live([office.caller(token) for token in tokens_for(people)]))
        sale = cls(office, crowd, people)
        try:
            yield sale
            crowd.finish()
            await asyncio.wait({living}, timeout=SOLD_OUT_WITHIN)
        finally:
            crowd.over = True
            await living

    async def wrong(self) -> dict[str, object]:
        """Return what differs between what buyers were told and what the database has."""
        rows = await self.office.rows(
            "SELECT number, user_id::text FROM tickets WHERE event_id = $1 AND cancelled_at IS NULL "
            "AND user_id = ANY ($2::uuid[])",
            self.crowd.event,
            self.people,
        )
        return discrepancies(self.crowd, self.people, [(row["number"], row["user_id"]) for row in rows])


def discrepancies(crowd: Crowd, people: Iterable[str], rows: Iterable[tuple[int, str]]) -> dict[str, object]:
    """Return what differs between what buyers were told and these rows of the database."""
    told = Counter((number, user) for user, owned in zip(people, crowd.owned, strict=True) for number in owned)
    sold = Counter(rows)
    numbers = Counter(number for number, _ in sold.elements())
    facts = {
        "lost": sorted((told - sold).elements()),
        "not told": sorted((sold - told).elements()),
        "twice": [number for number, times in numbers.items() if times > 1],
        "unsold": crowd.seats - len(numbers),
        "untrue": crowd.untrue,
    }
    return {name: fact for name, fact in facts.items() if fact}
