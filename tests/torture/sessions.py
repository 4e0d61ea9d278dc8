"""Clients of a small event, several at once, who write down what they asked for and what they were told."""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Collection, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from itertools import count
from math import inf
from typing import TypeVar

from booked.domain.errors import BookedError
from booked.domain.model.ids import EventId, number_of, ticket_id
from tests.torture.calls import Caller, Reply, Unanswered
from tests.torture.histories import History, Kind, Operation, Outcome
from tests.torture.offices import Office

T = TypeVar("T")

HOLD_TTL = 2  # seconds
REQUESTS = 40  # of a history
WEIGHTS = {Kind.RESERVE: 34, Kind.BOOK: 34, Kind.CANCEL: 7, Kind.CANCEL_ONE: 9, Kind.RELEASE: 12}
HANGS_UP = 0.01  # of the requests
RESTS = 0.04
LOOKS_AT_OTHERS = 0.15  # of the bookings
MEDDLED_WITH = 0.4  # of the histories
TIMES_MEDDLED_WITH = 3  # at most, in one of them


@dataclass(slots=True)
class Board:
    """What is known of one event: everybody's reservations and bookings, and the history so far."""

    event: EventId
    tickets: int
    left: int = REQUESTS
    meddled_with_at: Collection[int] = ()
    """How many requests are left when a repair, a sweep or an audit begins."""
    keys: Iterator[int] = field(default_factory=count)
    requests: list[Operation] = field(default_factory=list)
    meddling: list[tuple[float, float]] = field(default_factory=list)
    reservations: list[tuple[int, str, Operation]] = field(default_factory=list)
    bookings: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    def number_of(self, booking: str) -> int:
        if booking not in self.bookings:
            self.bookings.append(booking)
        return self.bookings.index(booking)

    def history(self) -> History:
        return History(self.tickets, HOLD_TTL, sorted(self.requests, key=lambda one: one.invoked), self.meddling)


@dataclass(slots=True)
class Session:
    """A client of one user. A user may have two of them."""

    user: int
    caller: Caller
    board: Board
    random: random.Random
    meddle: Callable[[], object]
    booked: list[str] = field(default_factory=list)

    async def play(self) -> None:
        while self.board.left > 0:
            self.board.left -= 1
            if self.board.left in self.board.meddled_with_at:
                self.meddle()
            if self.random.random() < RESTS:
                await asyncio.sleep(self.random.random() * HOLD_TTL * 1.1)
            [kind] = self.random.choices([*WEIGHTS], [*WEIGHTS.values()])
            await self._moves()[kind]()
        self.caller.close()

    def _moves(self) -> dict[Kind, Callable[[], Awaitable[None]]]:
        return {
            Kind.RESERVE: self._reserve,
            Kind.BOOK: self._book,
            Kind.CANCEL: self._cancel,
            Kind.CANCEL_ONE: self._cancel_one,
            Kind.RELEASE: self._release,
        }

    async def _reserve(self) -> None:
        wanted = self.random.choice([1, 1, 2])
        one = self._begun(Kind.RESERVE, count=wanted)
        body = {"event_id": self.board.event, "num_tickets": wanted}
        reply, one = await self._ask(one, "POST", "/api/v1/reservations/", body)
        if reply is not None and reply.is_ok:
            tickets = tuple(number_of(ticket["id"]) - 1 for ticket in reply.body["tickets"])
            one = replace(one, tickets=tickets)
            self.board.reservations.append((self.user, reply.body["id"], one))
        self.board.requests.append(one)

    async def _book(self) -> None:
        others = self.random.random() < LOOKS_AT_OTHERS
        known = [made for user, _, made in self.board.reservations if others or user == self.user]
        if not known:
            return await self._reserve()
        made = self._recent(known)
        one = self._begun(Kind.BOOK, tickets=made.tickets)
        tickets = [ticket_id(self.board.event, number + 1) for number in made.tickets]
        reply, one = await self._ask(one, "POST", "/api/v1/bookings/", {"tickets": tickets})
        if reply is not None and reply.is_ok:
            self.booked.append(reply.body["id"])
            one = replace(one, subject=self.board.number_of(reply.body["id"]))
        self.board.requests.append(one)
        return None

    async def _cancel(self) -> None:
        if not self.booked:
            return await self._book()
        booking = self._recent(self.booked)
        one = self._begun(Kind.CANCEL, subject=self.board.number_of(booking))
        _, one = await self._ask(one, "POST", f"/api/v1/bookings/{booking}/cancel/")
        self.board.requests.append(one)
        return None

    async def _cancel_one(self) -> None:
        one = self._begun(Kind.CANCEL_ONE)
        _, one = await self._ask(one, "POST", "/ticket/cancel/", {"event_id": self.board.event, "count": 1})
        self.board.requests.append(one)

    async def _release(self) -> None:
        known = [(name, made) for user, name, made in self.board.reservations if user == self.user]
        if not known:
            return await self._reserve()
        name, made = self._recent(known)
        one = self._begun(Kind.RELEASE, subject=made.key)
        _, one = await self._ask(one, "DELETE", f"/api/v1/reservations/{name}/")
        self.board.requests.append(one)
        return None

    def _recent(self, known: Sequence[T]) -> T:
        return self.random.choice(known[-3:])

    def _begun(self, kind: Kind, tickets: tuple[int, ...] = (), count: int = 0, subject: int = -1) -> Operation:
        key = next(self.board.keys)
        return Operation(key, self.user, kind, Outcome.UNKNOWN, time.monotonic(), inf, tickets, count, subject)

    async def _ask(self, one: Operation, method: str, path: str, body: object = None) -> tuple[Reply | None, Operation]:
        """Return the answer, if there is one, and the operation with its outcome."""
        hurry = self.random.random() * 0.02 if self.random.random() < HANGS_UP else None
        try:
            reply = await self.caller.ask(method, path, body, patience=hurry)
        except Unanswered:
            return None, one
        if reply.status == 503:
            return None, one
        if reply.status >= 500:
            self.board.faults.append(f"{method} {path}: {reply.status} {reply.body}")
        outcome = Outcome.OK if reply.is_ok else Outcome.REFUSED
        return reply, replace(one, outcome=outcome, answered=time.monotonic(), code=reply.code)


async def play(office: Office, event: EventId, tokens: Sequence[str], choices: random.Random, seats: int) -> Board:
    """Let three to five users fight for an event's tickets, some of them in two sessions."""
    board = Board(event, seats)
    if choices.random() < MEDDLED_WITH:
        board.meddled_with_at = choices.sample(range(REQUESTS), choices.randint(1, TIMES_MEDDLED_WITH))
    users = [*range(choices.randint(3, len(tokens)))]
    users += choices.sample(users, choices.randint(0, 2))
    async with asyncio.TaskGroup() as tasks:

        def meddle() -> None:
            tasks.create_task(_meddle(office, board, choices))

        for user in users:
            tasks.create_task(Session(user, office.caller(tokens[user]), board, choices, meddle).play())
    return board


async def _meddle(office: Office, board: Board, choices: random.Random) -> None:
    """Repair, sweep or audit the event, as a process does that finds something wrong."""
    inventory = office.inside.inventory
    ways: list[Callable[[EventId], Awaitable[object]]] = [inventory.repair, inventory.sweep, inventory.audit]
    place, begun = len(board.meddling), time.monotonic()
    board.meddling.append((begun, inf))
    with suppress(BookedError):
        await choices.choice(ways)(board.event)
    board.meddling[place] = (begun, time.monotonic())
