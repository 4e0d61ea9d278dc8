"""People who fill the halls of the demo: their accounts, and what they have bought before anybody looks."""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import cycle

from booked.demo.evenings import Evening, Person
from booked.demo.logins import SharedPassword
from booked.domain.errors import EmailTaken, NotTogether, OverTicketLimit, TooFewTickets
from booked.domain.model.ids import EventId, UserId
from booked.domain.model.sale.reservations import TicketRequest
from booked.domain.services.people.accounts import AccountService
from booked.domain.services.wiring import Services

PARTIES = (4, 2, 6, 3, 4, 2, 5, 4)  # tickets that are bought together, in turn
AT_ONCE = 16


@dataclass(frozen=True, slots=True)
class Audience:
    """`password` is everybody's: nobody logs in."""

    services: Services
    people: Sequence[Person]
    password: str

    async def arrive(self) -> list[UserId]:
        """Return everybody's id. Those who have no account yet get one."""
        passwords = self.services.accounts.passwords
        shared = SharedPassword(passwords, await passwords.hash(self.password))
        accounts = replace(self.services.accounts, passwords=shared)
        return [await self._account(accounts, person) for person in self.people]

    async def _account(self, accounts: AccountService, person: Person) -> UserId:
        try:
            made = await accounts.sign_up(person.email, self.password, person.first_name, person.last_name)
        except EmailTaken:
            made = await accounts.by_email(person.email)
        return made.id

    async def fill(self, buyers: Sequence[UserId], event_id: EventId, evening: Evening) -> None:
        """Buy the evening's share of tickets, unless that was done before."""
        if any(booking.event.id == event_id for booking in await self.services.sale.bookings(buyers[0])):
            return
        purchases = zip(cycle(buyers), _requests(evening), strict=False)

        async def buy() -> None:
            for user_id, request in purchases:
                with suppress(TooFewTickets, NotTogether, OverTicketLimit):
                    await self.services.bookings.book_now(user_id, event_id, request)

        async with asyncio.TaskGroup() as group:
            for _ in range(AT_ONCE):
                group.create_task(buy())


def _requests(evening: Evening) -> Iterator[TicketRequest]:
    """Yield what is asked for: the same share of every part of the hall."""
    for number, part in enumerate(evening.hall.parts, 1):
        left = round(evening.sold * part.places)
        seated = bool(part.blocks)
        for party in cycle(PARTIES):
            if left <= 0:
                break
            yield TicketRequest(min(party, left), number, best_available=seated, split=seated)
            left -= party
