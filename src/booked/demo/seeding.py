"""Putting made-up things into the box office: through the services. Every rule holds for them too."""

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field, replace
from enum import StrEnum
from itertools import islice, takewhile
from typing import TypeVar

from booked.demo.evenings import Company, Evening, Person
from booked.demo.fabrication import Fabrication, Purchase
from booked.demo.halls import Hall
from booked.demo.logins import Login, SharedPassword
from booked.domain.errors import EmailTaken
from booked.domain.model.ids import CategoryId, EventId, OrganizationId, UserId, VenueId
from booked.domain.model.people.users import Role, User
from booked.domain.model.programme.categories import category_key
from booked.domain.model.sale.bookings import OwnedTicket
from booked.domain.model.sale.holds import Terms
from booked.domain.model.sale.reservations import TicketRequest
from booked.domain.services.people.accounts import AccountService
from booked.domain.services.wiring import Services

T = TypeVar("T")

AT_ONCE = 64
PURCHASES_AT_ONCE = 512  # enough to share transactions and exchanges with the hold store


class Kind(StrEnum):
    """What is made, in this order."""

    ORGANIZATIONS = "Organizations"
    USERS = "Users"
    CATEGORIES = "Categories"
    VENUES = "Venues"
    EVENTS = "Events"
    BOOKINGS = "Bookings"


@dataclass(slots=True)
class Seeding:
    """`made` counts while it is going on. `cancelled` bookings count among all others, and so do their `tickets`.

    Once it is `stopped`, nothing more is begun, and what is being made is finished.
    """

    services: Services
    fabrication: Fabrication
    password: str
    made: Counter[Kind] = field(default_factory=Counter, init=False)
    drafts: int = field(default=0, init=False)
    tickets: int = field(default=0, init=False)
    cancelled: int = field(default=0, init=False)
    selling_seconds: float = field(default=0.0, init=False)
    stopped: bool = field(default=False, init=False)
    _accounts: AccountService = field(init=False)
    _buying: list[asyncio.Lock] = field(
        default_factory=lambda: [asyncio.Lock() for _ in range(PURCHASES_AT_ONCE)], init=False
    )
    _organizers: dict[Company, User] = field(default_factory=dict, init=False)
    _organizations: dict[Company, OrganizationId] = field(default_factory=dict, init=False)
    _users: dict[int, UserId] = field(default_factory=dict, init=False)
    _categories: dict[str, CategoryId] = field(default_factory=dict, init=False)
    _venues: dict[Hall, VenueId] = field(default_factory=dict, init=False)
    _events: dict[int, EventId] = field(default_factory=dict, init=False)

    @property
    def goals(self) -> dict[Kind, int]:
        amounts = self.fabrication.amounts
        return {
            Kind.ORGANIZATIONS: amounts.organizations,
            Kind.USERS: amounts.users,
            Kind.CATEGORIES: amounts.categories,
            Kind.VENUES: amounts.venues,
            Kind.EVENTS: amounts.events,
            Kind.BOOKINGS: amounts.bookings,
        }

    def logins(self) -> list[Login]:
        """Return a login of each role, of those that were made."""
        people = [
            *((company.organizer, Role.ORGANIZER) for company in self.fabrication.companies[:1]),
            *((person, Role.USER) for person in islice(self.fabrication.users(), 1)),
        ]
        return [Login(person.first_name, person.email, self.password, role) for person, role in people]

    async def run(self) -> None:
        passwords = self.services.accounts.passwords
        shared = SharedPassword(passwords, await passwords.hash(self.password))
        self._accounts = replace(self.services.accounts, passwords=shared)
        made_up = self.fabrication
        await self._make_each(made_up.companies, self._make_organization)
        await self._make_each(made_up.users(), self._make_user)
        await self._make_each(made_up.categories, self._make_category, at_once=1)  # two may have the same name
        await self._make_each(made_up.halls, self._make_venue)
        await self._make_each(made_up.evenings, self._make_event)
        started = time.monotonic()
        await self._make_each(made_up.purchases(), self._buy, at_once=PURCHASES_AT_ONCE)
        self.selling_seconds = time.monotonic() - started

    async def _make_each(
        self, items: Iterable[T], act: Callable[[int, T], Awaitable[None]], at_once: int = AT_ONCE
    ) -> None:
        """Act on every item until it is stopped."""
        await _each(takewhile(lambda _: not self.stopped, items), act, at_once)

    async def _make_organization(self, _: int, company: Company) -> None:
        account = await self._account(company.organizer)
        organizer = await self._accounts.grant(account.id, Role.ORGANIZER)
        made = await self.services.organizations.create(organizer, company.name, company.description)
        self._organizers[company] = organizer
        self._organizations[company] = made.id
        self.made[Kind.ORGANIZATIONS] += 1

    async def _make_user(self, index: int, person: Person) -> None:
        self._users[index] = (await self._account(person)).id
        self.made[Kind.USERS] += 1

    async def _account(self, person: Person) -> User:
        """Return a new account, or the one made before for the same made-up person."""
        try:
            return await self._accounts.sign_up(person.email, self.password, person.first_name, person.last_name)
        except EmailTaken:
            [known] = await self._accounts.page(person.email, None, 1)
            return known

    async def _make_category(self, _: int, name: str) -> None:
        venues = self.services.venues
        known = {category_key(category.name): category for category in await venues.categories()}
        category = known.get(category_key(name)) or await venues.add_category(name)
        self._categories[name] = category.id
        self.made[Kind.CATEGORIES] += 1

    async def _make_venue(self, index: int, hall: Hall) -> None:
        owner = self.fabrication.owners[index]
        organizer, organization_id = self._organizers[owner], self._organizations[owner]
        self._venues[hall] = (await self.services.venues.add(organizer, hall.venue(organization_id))).id
        self.made[Kind.VENUES] += 1

    async def _make_event(self, index: int, evening: Evening) -> None:
        specification = evening.specification(
            self._organizations[evening.company],
            self._venues[evening.hall],
            self._categories[evening.category] if evening.category else None,
        )
        made = await self.services.events.create(self._organizers[evening.company], specification)
        self._events[index] = made.event.id
        self.made[Kind.EVENTS] += 1
        self.drafts += evening.draft

    async def _buy(self, _: int, purchase: Purchase) -> None:
        # A user buys one thing after the other, so never holds more than a party at once.
        async with self._buying[purchase.user % PURCHASES_AT_ONCE]:
            await self._buy_now(purchase)

    async def _buy_now(self, purchase: Purchase) -> None:
        user_id, event_id = self._users[purchase.user], self._events[purchase.evening]
        wanted = TicketRequest(purchase.count, purchase.type_number, best_available=purchase.side_by_side)
        held = (await self.services.reservations.make(user_id, event_id, wanted)).reservation
        terms = Terms(priced_at=held.made_at)
        booking_id = await self.services.sale.buy(user_id, event_id, held.numbers, terms)
        if purchase.cancelled:
            bought = [OwnedTicket(booking_id, number) for number in held.numbers]
            await self.services.sale.release(event_id, user_id, bought)
        self.made[Kind.BOOKINGS] += 1
        self.tickets += purchase.count
        self.cancelled += purchase.cancelled


async def _each(items: Iterable[T], act: Callable[[int, T], Awaitable[None]], at_once: int) -> None:
    """Act on every item and its index, on `at_once` of them at a time. The first failure ends it."""
    numbered = enumerate(items)

    async def work() -> None:
        for index, item in numbered:
            await act(index, item)

    try:
        async with asyncio.TaskGroup() as group:
            for _ in range(at_once):
                group.create_task(work())
    except BaseExceptionGroup as failures:
        raise failures.exceptions[0] from None
