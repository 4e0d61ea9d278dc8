"""The people of the demo, and what each of them does at the box office."""

from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial

from booked.demo.halls import ticket_types
from booked.demo.logins import Login, password_of
from booked.demo.programme import BIG_TOP, CATEGORIES, NORTHERN_LIGHTS, PROGRAMME, SEATED, SOLD_OUT, Evening, Promoter
from booked.demo.venues import House
from booked.domain.errors import (
    AlreadyWaiting,
    InvalidPassword,
    InvalidWaitlistCount,
    OverTicketLimit,
    TooFewTickets,
)
from booked.domain.model.ids import CategoryId, EventId, OrganizationId, UserId, VenueId, ticket_id
from booked.domain.model.people.users import Role, User
from booked.domain.model.programme.events import EventSpecification, EventStatus
from booked.domain.model.programme.search import EventSearch, cursor_behind
from booked.domain.model.sale.reservations import TicketRequest
from booked.domain.services.sale.seats import SeatFilter
from booked.domain.services.wiring import Services

ADMIN = "Ada"
PROMOTERS = (NORTHERN_LIGHTS, BIG_TOP)
ORGANIZERS = tuple(promoter.organizer for promoter in PROMOTERS)
BUYERS = ("Ann", "Ben", "Cleo", "Dan", "Eva", "Finn", "Gil", "Hana")
WAITING = ("Ida", "Jon")
INTRODUCED = (ADMIN, *ORGANIZERS, "Ann", "Ben", "Ida")  # whose logins are worth telling

PARTY = 2
SECOND_THOUGHTS = 4  # whoever takes this many gives one back
BLOCKED_ROW = "T"  # where the desk stands that the sound is mixed at
BLOCKED_SEATS = 8
LASTS = timedelta(hours=2, minutes=30)
EVENTS_A_PAGE = 100

Step = Callable[[], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Introduction:
    """What to tell somebody who is new here: who they can log in as, and an event whose seats are worth looking at."""

    logins: Sequence[Login] = ()
    seated_event: EventId | None = None


@dataclass(frozen=True, slots=True)
class Demo:
    """`secret` is what tokens are signed with: nobody can guess a password that is derived from it."""

    services: Services
    secret: str
    today: datetime
    _users: dict[str, User] = field(default_factory=dict, init=False)
    _organizations: dict[str, OrganizationId] = field(default_factory=dict, init=False)
    _categories: dict[str, CategoryId] = field(default_factory=dict, init=False)
    _venues: dict[str, VenueId] = field(default_factory=dict, init=False)
    _events: dict[str, EventId] = field(default_factory=dict, init=False)

    async def stage_is_empty(self) -> bool:
        """Whether no event is on sale."""
        return not (await self.services.events.page(1, None)).events

    def steps(self) -> list[Step]:
        """Everything that there is to do, in this order."""
        published = [evening for evening in PROGRAMME if not evening.draft]
        houses = {evening.house.name: evening.house for evening in PROGRAMME}
        return [
            self._make_admin,
            *(partial(self._make_user, name) for name in (*ORGANIZERS, *BUYERS, *WAITING)),
            *(partial(self._make_organization, promoter) for promoter in PROMOTERS),
            self._make_categories,
            *(partial(self._make_venue, house) for house in houses.values()),
            self._find_events,
            *(partial(self._announce, evening) for evening in PROGRAMME),
            self._block,
            *(partial(self._sell, evening) for evening in published),
            *(partial(self._queue, name) for name in WAITING),
        ]

    async def introduction(self) -> Introduction:
        """Only what is so: there may have been no demo, or with another secret."""
        logins = [login for login in map(self.login, INTRODUCED) if await self._user_of(login)]
        found = await self.services.catalogue.search(None, EventSearch(artist=SEATED.artist), None, 1)
        return Introduction(logins, found[0].event.id if found else None)

    def login(self, name: str) -> Login:
        role = Role.ADMIN if name == ADMIN else Role.ORGANIZER if name in ORGANIZERS else Role.USER
        return Login(name, f"{name.lower()}@example.com", password_of(self.secret, f"demo login of {name}"), role)

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

    async def _make_organization(self, promoter: Promoter) -> None:
        organizer = self._users[promoter.organizer]
        known = [
            one for one in await self.services.organizations.page(organizer, None, 100) if one.name == promoter.name
        ]
        made = known or [await self.services.organizations.create(organizer, promoter.name, promoter.description)]
        self._organizations[promoter.name] = made[0].id

    async def _make_categories(self) -> None:
        venues = self.services.venues
        self._categories.update({category.name: category.id for category in await venues.categories()})
        for name in CATEGORIES:
            if name not in self._categories:
                self._categories[name] = (await venues.add_category(name)).id

    async def _make_venue(self, house: House) -> None:
        venues = self.services.venues
        known = [venue for venue in await venues.page(house.name, None, 100) if venue.name == house.name]
        made = known or [await venues.add(self._users[ADMIN], house.venue())]
        self._venues[house.name] = made[0].id

    async def _find_events(self) -> None:
        search, cursor = EventSearch(), None
        while found := await self.services.catalogue.search(self._users[ADMIN], search, cursor, EVENTS_A_PAGE):
            self._events.update({each.event.name: each.event.id for each in found})
            cursor = cursor_behind(found[-1], search.sort)

    async def _announce(self, evening: Evening) -> None:
        if evening.title in self._events:
            return
        house = evening.house
        day = self.today + timedelta(days=evening.days_ahead)
        starts_at = day.replace(hour=house.evening, minute=30, second=0, microsecond=0)
        early_until = None if evening.early_days is None else starts_at - timedelta(days=evening.early_days)
        specification = EventSpecification(
            name=evening.title,
            description=evening.description,
            starts_at=starts_at,
            organization_id=self._organizations[evening.promoter.name],
            tickets=ticket_types(house.parts, evening.price, early_until),
            currency=house.currency,
            ends_at=starts_at + LASTS,
            venue_id=self._venues[house.name],
            category_id=self._categories[evening.category],
            artist=evening.artist,
            tour_name=evening.tour,
            status=EventStatus.DRAFT if evening.draft else EventStatus.PUBLISHED,
        )
        made = await self.services.catalogue.create(self._users[evening.promoter.organizer], specification)
        self._events[evening.title] = made.event.id

    async def _block(self) -> None:
        """Keep the seats from sale where the sound is mixed."""
        organizer, event_id = self._users[SEATED.promoter.organizer], self._events[SEATED.title]
        if (await self.services.catalogue.event(organizer, event_id)).event.blocked:
            return
        row = SeatFilter(section=SEATED.house.parts[0].name, row=BLOCKED_ROW)
        page = await self.services.seats.page(organizer, event_id, row, 0, BLOCKED_SEATS)
        seats = [ticket_id(event_id, state.seat.number) for state in page.seats]
        if seats:
            await self.services.seats.block(organizer, event_id, seats)

    async def _sell(self, evening: Evening) -> None:
        for place, name in enumerate(BUYERS):
            request = _wish(evening, place)
            if request.count:
                await self._buy(self._users[name].id, self._events[evening.title], request)

    async def _buy(self, user_id: UserId, event_id: EventId, request: TicketRequest) -> None:
        if any(booking.event.id == event_id for booking in await self.services.sale.bookings(user_id)):
            return
        try:
            await self.services.bookings.book_now(user_id, event_id, request)
        except (TooFewTickets, OverTicketLimit):  # others bought there, too
            return
        if request.count == SECOND_THOUGHTS:
            await self.services.sale.cancel(user_id, event_id, 1)

    async def _queue(self, name: str) -> None:
        with suppress(AlreadyWaiting, InvalidWaitlistCount):
            await self.services.waitlist.join(self._users[name].id, self._events[SOLD_OUT.title], PARTY)


def _wish(evening: Evening, place: int) -> TicketRequest:
    """What a buyer takes: of the evening that sells out an equal share, elsewhere 0 to 4 tickets of one type."""
    parts = evening.house.parts
    if evening is SOLD_OUT:
        share, rest = divmod(evening.house.parts[0].standing, len(BUYERS))
        return TicketRequest(share + (place < rest))
    number = place % len(parts)
    return TicketRequest(
        count=(3 * place + evening.days_ahead) % 5,
        type_number=number + 1,
        best_available=bool(parts[number].blocks),
    )
