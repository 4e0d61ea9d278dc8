"""What is measured: an operation that each connection repeats."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import count, cycle

from benchmarks.load import Operation, Tally
from booked.domain.model.ids import EventId, ticket_id
from tests.client import Connection, request


@dataclass(frozen=True, slots=True)
class People:
    """The tokens of everybody."""

    buyers: Sequence[str]
    admin: str


@dataclass(slots=True)
class Scene:
    """Events that are sold one after the other, and people: each operation is somebody else's."""

    events: Iterator[EventId]
    event_id: EventId
    tokens: Iterator[str]
    admin: str
    body: bytes = b""

    @classmethod
    def of(cls, events: Sequence[EventId], people: "People") -> "Scene":
        ids = iter(events)
        scene = cls(ids, next(ids), cycle(people.buyers), people.admin)
        scene.body = _body(scene.event_id)
        return scene

    def sold_out(self, body: bytes, tally: Tally) -> None:
        """Go on with the next event, unless somebody else did already."""
        if body is self.body:
            self.event_id = next(self.events, self.event_id)
            tally.exhausted = self.body == _body(self.event_id)
            self.body = _body(self.event_id)


Scenario = Callable[[Scene], Operation]


def floor(scene: Scene) -> Operation:
    """The same request at the bare server, which sends its body back."""

    async def operation(connection: Connection, tally: Tally) -> None:
        status, _ = await connection.send(request("POST", "/", next(scene.tokens), scene.body))
        _expect(tally, status, 200)

    return operation


def reserve(scene: Scene) -> Operation:
    async def operation(connection: Connection, tally: Tally) -> None:
        await _reserve(scene, connection, tally, next(scene.tokens))

    return operation


def buy(scene: Scene) -> Operation:
    """Reserve a ticket, then book it: two requests."""

    async def operation(connection: Connection, tally: Tally) -> None:
        token = next(scene.tokens)
        reserved = await _reserve(scene, connection, tally, token)
        if reserved is not None:
            status, _ = await connection.send(request("POST", "/ticket/book/", token, reserved))
            if _expect(tally, status, 200):
                tally.tickets += 1

    return operation


def best_available(scene: Scene) -> Operation:
    """Reserve the best two seats next to each other."""
    wanted = {"event_id": scene.event_id, "num_tickets": 2, "best_available": True}

    async def operation(connection: Connection, tally: Tally) -> None:
        await _reserve_seats(scene, connection, tally, wanted)

    return operation


def chosen_seats(scene: Scene) -> Operation:
    """Reserve two seats by their ids: the next two that nobody asked for yet."""
    numbers = count(1, 2)

    async def operation(connection: Connection, tally: Tally) -> None:
        number = next(numbers)
        seats = [ticket_id(scene.event_id, number), ticket_id(scene.event_id, number + 1)]
        await _reserve_seats(scene, connection, tally, {"event_id": scene.event_id, "seats": seats})

    return operation


def in_turn(operations: Sequence[Operation]) -> Operation:
    """Run these operations in turn, one each time that a connection asks."""
    turns = cycle(operations)

    async def operation(connection: Connection, tally: Tally) -> None:
        await next(turns)(connection, tally)

    return operation


def refusal(scene: Scene) -> Operation:
    """Ask for a ticket of an event that is sold out."""

    async def operation(connection: Connection, tally: Tally) -> None:
        status, _ = await connection.send(request("POST", "/ticket/reserve/", next(scene.tokens), scene.body))
        _expect(tally, status, 400)

    return operation


def look(*paths: str, accept: str = "", by_admin: bool = False) -> Scenario:
    """Look at what everybody may see, or an admin, at these addresses one after the other."""

    def scenario(scene: Scene) -> Operation:
        seat = ticket_id(scene.event_id, 1)
        token = scene.admin if by_admin else None
        wanted = [request("GET", path.format(event=scene.event_id, seat=seat), token, accept=accept) for path in paths]

        async def operation(connection: Connection, tally: Tally) -> None:
            for each in wanted:
                status, _ = await connection.send(each)
                _expect(tally, status, 200)

        return operation

    return scenario


async def _reserve(scene: Scene, connection: Connection, tally: Tally, token: str) -> bytes | None:
    body = scene.body
    status, reserved = await connection.send(request("POST", "/ticket/reserve/", token, body))
    if status == 400 and b"TICKET-01" in reserved:
        scene.sold_out(body, tally)
        return None
    return reserved if _expect(tally, status, 200) else None


async def _reserve_seats(scene: Scene, connection: Connection, tally: Tally, wanted: Mapping[str, object]) -> None:
    body = json.dumps(wanted).encode()
    status, _ = await connection.send(request("POST", "/api/v1/reservations/", next(scene.tokens), body))
    _expect(tally, status, 201)


def _body(event_id: EventId) -> bytes:
    return json.dumps({"event_id": event_id, "count": 1}).encode()


def _expect(tally: Tally, status: int, expected: int) -> bool:
    if status != expected:
        tally.failures[f"HTTP {status}"] = tally.failures.get(f"HTTP {status}", 0) + 1
    return status == expected
