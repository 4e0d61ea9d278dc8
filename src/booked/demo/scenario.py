"""The people of the demo, and what each of them does at the box office."""

from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial

from booked.demo.audience import Audience
from booked.demo.evenings import Company, Evening
from booked.demo.halls import Hall
from booked.demo.logins import Login, password_of
from booked.demo.programme import Programme
from booked.domain.errors import (
    AlreadyWaiting,
    CancellationClosed,
    InvalidPassword,
    InvalidWaitlistCount,
    NotTogether,
    OverTicketLimit,
    TooFewTickets,
)
from booked.domain.model.ids import CategoryId, EventId, OrganizationId, UserId, VenueId, ticket_id
from booked.domain.model.people.users import Role, User
from booked.domain.model.programme.events import EventRevision, EventStatus
from booked.domain.model.programme.search import EventSearch, cursor_behind
from booked.domain.model.programme.times import AT_START
from booked.domain.model.sale.reservations import TicketRequest
from booked.domain.services.sale.seats import SeatFilter
from booked.domain.services.wiring import Services

ADMIN = "Ada"
BUYERS = ("Ann", "Ben", "Cleo", "Dan", "Eva", "Finn", "Gil", "Hana")
WAITING = ("Ida", "Jon")
INTRODUCED = ("Ann", "Ben", "Ida")  # whose logins are worth telling, beside the admin's and the organizers'

PARTY = 2
SECOND_THOUGHTS = 4  # a buyer of this many gives one back
BLOCKED_ROW = "T"  # where the desk stands that the sound is mixed at
BLOCKED_SEATS = 8
EVENTS_A_PAGE = 100

Step = Callable[[], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Introduction:
    """What to tell somebody who is new here: who they can log in as, and an event whose seats are worth looking at."""

    logins: Sequence[Login] = ()
    seated_event: EventId | None = None


@dataclass(frozen=True, slots=True)
class Demo:
    """What is made of a programme. `secret` signs tokens: nobody can guess a password that is derived from it."""

    services: Services
    secret: str
    programme: Programme
    _users: dict[str, User] = field(default_factory=dict, init=False)
    _organizations: dict[str, OrganizationId] = field(default_factory=dict, init=False)
    _categories: dict[str, CategoryId] = field(default_factory=dict, init=False)
    _venues: dict[str, VenueId] = field(default_factory=dict, init=False)
    _events: dict[str, EventId] = field(default_factory=dict, init=False)
    _audience: list[UserId] = field(default_factory=list, init=False)

    async def stage_is_empty(self) -> bool:
        """Return whether no event is on sale."""
        return not (await self.services.programme.page(1, None)).events

    def steps(self) -> list[Step]:
        """Return everything there is to do, in order."""
        evenings = self.programme.evenings
        return [
            self._make_admin,
            *(partial(self._make_user, name) for name in (*self._organizers, *BUYERS, *WAITING)),
            *(partial(self._make_organization, company) for company in self.programme.companies),
            self._make_categories,
            *(partial(self._make_venue, hall) for hall in self.programme.halls),
            self._find_events,
            *(partial(self._announce, evening) for evening in evenings),
            self._block,
            self._let_audience_in,
            *(partial(self._sell, evening) for evening in evenings if not evening.draft),
            *(partial(self._conclude, evening) for evening in evenings if evening.outcome),
            *(partial(self._queue, name) for name in WAITING),
        ]

    async def introduction(self) -> Introduction:
        """Return what is true: there may have been no demo, or one with another secret."""
        logins = [
            login for login in map(self.login, (ADMIN, *self._organizers, *INTRODUCED)) if await self._user_of(login)
        ]
        found = await self.services.programme.search(None, EventSearch(artist=self.programme.seated.artist), None, 1)
        return Introduction(logins, found[0].event.id if found else None)

    def login(self, name: str) -> Login:
        role = Role.ADMIN if name == ADMIN else Role.ORGANIZER if name in self._organizers else Role.USER
        return Login(name, f"{name.lower()}@example.com", password_of(self.secret, f"demo login of {name}"), role)

    @property
    def audience(self) -> Audience:
        return Audience(self.services, self.programme.audience, password_of(self.secret, "demo audience"))

    @property
    def _organizers(self) -> list[str]:
        return [company.organizer.first_name for company in self.programme.companies]

    async def _make_admin(self) -> None:
        login = self.login(ADMIN)
        self._users[ADMIN] = await self.services.accounts.ensure_admin(login.name, login.email, login.password)

    async def _make_user(self, name: str) -> None:
        login = self.login(name)
        known = await self._user_of(login)
        self._users[name] = known or await self.services.accounts.register(
            login.name, login.email, login.password, login.role
        )

    async def _user_of(self, login: Login) -> User | None:
        try:
            return await self.services.accounts.authenticate(login.email, login.password)
        except InvalidPassword:
            return None

    async def _make_organization(self, company: Company) -> None:
        organizer = self._users[company.organizer.first_name]
        known = [
            each for each in await self.services.organizations.page(organizer, None, 100) if each.name == company.name
        ]
        made = known or [await self.services.organizations.create(organizer, company.name, company.description)]
        self._organizations[company.name] = made[0].id

    async def _make_categories(self) -> None:
        venues = self.services.venues
        self._categories.update({category.name: category.id for category in await venues.categories()})
        for name in self.programme.categories:
            if name not in self._categories:
                self._categories[name] = (await venues.add_category(name)).id

    async def _make_venue(self, hall: Hall) -> None:
        venues = self.services.venues
        known = [venue for venue in await venues.page(hall.name, None, 100) if venue.name == hall.name]
        made = known or [await venues.add(self._users[ADMIN], hall.venue(None))]
        self._venues[hall.name] = made[0].id

    async def _find_events(self) -> None:
        search, cursor = EventSearch(), None
        while found := await self.services.programme.search(self._users[ADMIN], search, cursor, EVENTS_A_PAGE):
            self._events.update({each.event.name: each.event.id for each in found})
            cursor = cursor_behind(found[-1], search.sort)

    async def _announce(self, evening: Evening) -> None:
        if evening.title in self._events:
            return
        specification = evening.specification(
            self._organizations[evening.company.name],
            self._venues[evening.hall.name],
            self._categories[evening.category] if evening.category else None,
        )
        made = await self.services.events.create(self._organizer_of(evening), specification)
        self._events[evening.title] = made.event.id

    async def _block(self) -> None:
        """Keep the seats from sale where the sound is mixed."""
        seated = self.programme.seated
        organizer, event_id = self._organizer_of(seated), self._events[seated.title]
        if (await self.services.programme.event(organizer, event_id)).event.blocked:
            return
        row = SeatFilter(section=seated.hall.parts[0].name, row=BLOCKED_ROW)
        page = await self.services.seats.page(organizer, event_id, row, 0, BLOCKED_SEATS)
        seats = [ticket_id(event_id, state.seat.number) for state in page.seats]
        if seats:
            await self.services.blocking.block(organizer, event_id, seats)

    async def _let_audience_in(self) -> None:
        self._audience.extend(await self.audience.arrive())

    async def _sell(self, evening: Evening) -> None:
        event = (await self.services.programme.event(self._organizer_of(evening), self._events[evening.title])).event
        if event.status is not EventStatus.PUBLISHED or evening.sales_start:
            return
        for place, name in enumerate(BUYERS):
            request = self._wish(evening, place)
            if request.count:
                await self._buy(self._users[name].id, event.id, request)
        await self.audience.fill(self._audience, event.id, evening)

    async def _conclude(self, evening: Evening) -> None:
        """Call an evening off, or let it be over."""
        organizer, event_id = self._organizer_of(evening), self._events[evening.title]
        event = (await self.services.programme.event(organizer, event_id)).event
        if event.status is not EventStatus.PUBLISHED or evening.outcome is None:
            return
        if evening.is_over:
            end = EventRevision(ends_at=evening.ends_at, sales_end=AT_START)
            await self.services.events.change(organizer, event_id, event.version, end)
        await self.services.events.set_status(organizer, event_id, evening.outcome)

    def _organizer_of(self, evening: Evening) -> User:
        return self._users[evening.company.organizer.first_name]

    async def _buy(self, user_id: UserId, event_id: EventId, request: TicketRequest) -> None:
        if any(booking.event.id == event_id for booking in await self.services.sale.bookings(user_id)):
            return
        try:
            await self.services.bookings.book_now(user_id, event_id, request)
        except (TooFewTickets, NotTogether, OverTicketLimit):  # others bought there, too
            return
        with suppress(CancellationClosed):
            await self._think_again(user_id, event_id, request)

    async def _think_again(self, user_id: UserId, event_id: EventId, request: TicketRequest) -> None:
        if request.count == SECOND_THOUGHTS:
            await self.services.sale.cancel(user_id, event_id, 1)

    async def _queue(self, name: str) -> None:
        with suppress(AlreadyWaiting, InvalidWaitlistCount):
            await self.services.waitlist.join(self._users[name].id, self._events[self.programme.sold_out.title], PARTY)

    def _wish(self, evening: Evening, place: int) -> TicketRequest:
        """Return what a buyer takes.

        Of the evening that sells out it is an equal share, elsewhere 0 to 4 tickets of one type.
        """
        parts = evening.hall.parts
        if evening is self.programme.sold_out:
            share, rest = divmod(parts[0].standing, len(BUYERS))
            return TicketRequest(share + (place < rest))
        number = place % len(parts)
        days_ahead = (evening.starts_at.date() - self.programme.today.date()).days
        return TicketRequest(
            count=(3 * place + days_ahead) % 5,
            type_number=number + 1,
            best_available=bool(parts[number].blocks),
        )
