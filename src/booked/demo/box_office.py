"""The people of the demo, and what each of them does at the box office."""

import base64
import hmac
import re
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial

from booked.adapters.http.services import Services
from booked.demo.programme import PROGRAMME, SOLD_OUT, Evening
from booked.domain.errors import (
    AlreadyWaiting,
    InvalidPassword,
    InvalidWaitlistCount,
    OverTicketLimit,
    TooFewTickets,
    UserNotFound,
)
from booked.domain.model.events import EventDraft
from booked.domain.model.ids import EventId, UserId
from booked.domain.model.users import Role

ADMIN = "Ada"
BUYERS = ("Ann", "Ben", "Cleo", "Dan", "Eva", "Finn", "Gil", "Hana")
WAITING = ("Ida", "Jon")
INTRODUCED = (ADMIN, "Ann", "Ben", "Ida")  # whose logins are worth telling

PARTY = 2
SECOND_THOUGHTS = 4  # whoever takes this many gives one back
EVENTS_A_PAGE = 100

Step = Callable[[], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Login:
    name: str
    email: str
    password: str
    role: Role


@dataclass(frozen=True, slots=True)
class Demo:
    """`secret` is what tokens are signed with: nobody can guess a password that is derived from it."""

    services: Services
    secret: str
    today: datetime
    _users: dict[str, UserId] = field(default_factory=dict, init=False)
    _events: dict[str, EventId] = field(default_factory=dict, init=False)

    async def stage_is_empty(self) -> bool:
        """Whether no event is on sale."""
        listings, _ = await self.services.events.page(1, None)
        return not listings

    def steps(self) -> list[Step]:
        """Everything that there is to do, in this order."""
        return [
            self._make_admin,
            *(partial(self._make_user, name) for name in (*BUYERS, *WAITING)),
            self._find_events,
            *(partial(self._put_on_sale, evening) for evening in PROGRAMME),
            *(partial(self._sell, evening) for evening in PROGRAMME),
            *(partial(self._queue, name) for name in WAITING),
        ]

    async def logins(self) -> list[Login]:
        """Those worth telling, as far as they work: there may have been no demo, or with another secret."""
        return [login for login in map(self.login, INTRODUCED) if await self._user_of(login)]

    def login(self, name: str) -> Login:
        digest = hmac.digest(self.secret.encode(), f"demo login of {name}".encode(), "sha256")
        letters = base64.b32encode(digest).decode().lower()
        password = "-".join(re.findall("....", letters)[:4])
        return Login(name, f"{name.lower()}@example.com", password, Role.ADMIN if name == ADMIN else Role.USER)

    async def _make_admin(self) -> None:
        login = self.login(ADMIN)
        await self.services.accounts.ensure_admin(login.name, login.email, login.password)

    async def _make_user(self, name: str) -> None:
        login = self.login(name)
        user_id = await self._user_of(login)
        if user_id is None:
            user_id = (await self.services.accounts.register(login.name, login.email, login.password)).id
        self._users[name] = user_id

    async def _user_of(self, login: Login) -> UserId | None:
        accounts = self.services.accounts
        try:
            token = await accounts.log_in(login.email, login.password)
        except (UserNotFound, InvalidPassword):
            return None
        return self.services.tokens.verify(token).user_id

    async def _find_events(self) -> None:
        since: datetime | None = self.today
        while since is not None:
            listings, since = await self.services.events.page(EVENTS_A_PAGE, since)
            self._events.update({listing.event.name: listing.event.id for listing in listings})

    async def _put_on_sale(self, evening: Evening) -> None:
        if evening.title in self._events:
            return
        venue = evening.venue
        day = self.today + timedelta(days=evening.days_ahead)
        draft = EventDraft(
            name=evening.title,
            unix_time=int(day.replace(hour=venue.evening, minute=30, second=0).timestamp()),
            address=f"{venue.name}, {venue.address}",
            description=evening.description,
            latitude=venue.latitude,
            longitude=venue.longitude,
            seat_count=venue.seats,
        )
        self._events[evening.title] = (await self.services.events.create(draft)).id

    async def _sell(self, evening: Evening) -> None:
        for place, name in enumerate(BUYERS):
            count = _share(evening, place)
            if count:
                await self._buy(self._users[name], self._events[evening.title], count)

    async def _buy(self, user_id: UserId, event_id: EventId, count: int) -> None:
        bookings = self.services.bookings
        if any(booking.event.id == event_id for booking in await bookings.bookings(user_id)):
            return
        try:
            await bookings.book(user_id, await bookings.reserve(user_id, event_id, count))
        except (TooFewTickets, OverTicketLimit):  # others bought there, too
            return
        if count == SECOND_THOUGHTS:
            await bookings.cancel(user_id, event_id, 1)

    async def _queue(self, name: str) -> None:
        with suppress(AlreadyWaiting, InvalidWaitlistCount):
            await self.services.waitlist.join(self._users[name], self._events[SOLD_OUT.title], PARTY)


def _share(evening: Evening, place: int) -> int:
    """How many tickets a buyer takes: of the evening that sells out an equal share, elsewhere 0 to 4."""
    if evening is SOLD_OUT:
        share, rest = divmod(evening.venue.seats, len(BUYERS))
        return share + (place < rest)
    return (3 * place + evening.days_ahead) % 5
