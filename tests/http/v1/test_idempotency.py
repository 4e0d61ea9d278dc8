"""Requests that are sent again with their key: they take effect once, and are answered with what they made."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass

import httpx
import pytest

from tests.http.answers import assert_problem
from tests.http.office import Office, Person, open_office
from tests.http.v1.programme import NOTHING, Json, Programme, key
from tests.http.v1.sale import BOOKINGS, RESERVATIONS, WAITLIST, address_in, booked, reserved, seats_of, types_of

TWINS = 32

WHAT_PASSES = {"seconds_left", "position"}  # what changes by itself, and may differ from answer to answer


@dataclass(frozen=True)
class Case:
    """A request, and how many of the event's tickets are held or sold once it has taken effect."""

    path: str
    body: Json | None = None
    taken: int = 0
    method: str = "POST"


@dataclass(frozen=True)
class Stage:
    """An event of forty seats, and two processes that sell it."""

    programme: Programme
    processes: tuple[Office, Office]
    event: Json
    seats: list[Json]
    type_id: str
    ann: Person
    ben: Person

    async def ask(self, case: Case, headers: dict[str, str], who: Person | None = None) -> httpx.Response:
        return await self.processes[0].send(case.method, case.path, case.body, who or self.ann, headers)

    async def ask_at_once(self, case: Case, headers: dict[str, str]) -> list[httpx.Response]:
        processes = self.processes * (TWINS // 2)
        return list(
            await asyncio.gather(
                *(office.send(case.method, case.path, case.body, self.ann, headers) for office in processes)
            )
        )

    async def taken(self) -> int:
        stock = await self.processes[0].holds.stock(self.event["id"])
        return stock.sold + stock.held + stock.claimed

    async def seat(self, number: int) -> Json:
        return await reserved(self.programme, self.event, self.ann, seats=[self.seats[number]["id"]])

    async def booking(self, number: int = 0) -> Json:
        return await booked(self.programme, self.ann, reservation_id=(await self.seat(number))["id"])

    async def without_limit(self) -> "Stage":
        return await on_stage(self.programme, await self.programme.seated(), self.processes, self.ann, self.ben)


async def on_stage(
    programme: Programme, event: Json, processes: tuple[Office, Office], ann: Person, ben: Person
) -> Stage:
    seats = await seats_of(programme, event, section="Stalls")
    [type_, *_] = await types_of(programme, event)
    return Stage(programme, processes, event, seats, type_["id"], ann, ben)


@pytest.fixture
async def stage(
    programme: Programme, ann: Person, ben: Person, database_url: str, redis_url: str
) -> AsyncIterator[Stage]:
    event = await programme.seated(max_tickets_per_user=4)
    async with open_office(database_url, redis_url) as other:
        yield await on_stage(programme, event, (programme.office, other), ann, ben)


async def reserving(stage: Stage) -> Case:
    return Case(RESERVATIONS, {"event_id": stage.event["id"], "num_tickets": 3}, 3)


async def reserving_seats(stage: Stage) -> Case:
    return Case(RESERVATIONS, {"event_id": stage.event["id"], "seats": [stage.seats[0]["id"]]}, 1)


async def adding_to_a_reservation(stage: Stage) -> Case:
    return await changing(stage, "increase", 3)


async def giving_some_back(stage: Stage) -> Case:
    return await changing(stage, "decrease", 1)


async def changing(stage: Stage, operation: str, taken: int) -> Case:
    made = await reserved(stage.programme, stage.event, stage.ann, num_tickets=2)
    body = {"num_tickets": 1, "operation": f"{operation} number of tickets"}
    return Case(address_in(RESERVATIONS, made), body, taken, "PUT")


async def extending(stage: Stage) -> Case:
    return Case(f"{address_in(RESERVATIONS, await stage.seat(0))}extend/", None, 1)


async def booking_a_reservation(stage: Stage) -> Case:
    return Case(BOOKINGS, {"reservation_id": (await stage.seat(0))["id"]}, 1)


async def booking_in_one_go(stage: Stage) -> Case:
    return Case(BOOKINGS, {"ticket_type_id": stage.type_id, "num_tickets": 3}, 3)


async def booking_tickets(stage: Stage) -> Case:
    return Case(BOOKINGS, {"tickets": await stage.processes[0].reserve(stage.ann, stage.event["id"], 2)}, 2)


async def adding_a_seat(stage: Stage) -> Case:
    return Case(f"{address_in(BOOKINGS, await stage.booking())}seats/", {"seat_id": stage.seats[1]["id"]}, 2)


async def cancelling(stage: Stage) -> Case:
    return Case(f"{address_in(BOOKINGS, await stage.booking())}cancel/", None, 0)


async def waiting(stage: Stage) -> Case:
    small = await stage.programme.event(ticket_types=[{"name": "Single", "price": "1.00", "quota": 1}])
    [type_] = await types_of(stage.programme, small)
    await booked(stage.programme, stage.ben, ticket_type_id=type_["id"], num_tickets=1)
    return Case(WAITLIST, {"event_id": small["id"], "num_tickets": 1}, 0)


Preparation = Callable[[Stage], Awaitable[Case]]

EVERY = pytest.mark.parametrize(
    "prepared",
    [
        reserving,
        reserving_seats,
        adding_to_a_reservation,
        giving_some_back,
        extending,
        booking_a_reservation,
        booking_in_one_go,
        booking_tickets,
        adding_a_seat,
        cancelling,
        waiting,
    ],
)


def lasting(reply: httpx.Response) -> Json:
    return {name: value for name, value in reply.json().items() if name not in WHAT_PASSES}


@EVERY
async def test_a_request_that_is_sent_again_gets_the_same_answer(stage: Stage, prepared: Preparation) -> None:
    case = await prepared(stage)

    first = await stage.ask(case, key("k"))
    again = [await stage.ask(case, key("k")) for _ in range(3)]

    assert first.status_code in {200, 201}, first.text
    assert [(reply.status_code, lasting(reply)) for reply in again] == [(first.status_code, lasting(first))] * 3
    assert {reply.headers.get("Location") for reply in again} == {first.headers.get("Location")}
    assert await stage.taken() == case.taken


@EVERY
async def test_of_many_twins_at_once_one_takes_effect(stage: Stage, prepared: Preparation) -> None:
    case = await prepared(stage)

    replies = await stage.ask_at_once(case, key("k"))

    told = [reply for reply in replies if reply.status_code != 409]
    assert told
    assert {reply.status_code for reply in told} <= {200, 201}, [reply.text for reply in told]
    assert [lasting(reply) for reply in told] == [lasting(told[0])] * len(told)
    for reply in replies:
        if reply.status_code == 409:
            assert_problem(reply, 409, "SYS-13")
    assert await stage.taken() == case.taken


@pytest.mark.parametrize("prepared", [booking_in_one_go, reserving, extending])
async def test_without_a_key_every_request_counts(stage: Stage, prepared: Preparation) -> None:
    case = await prepared(stage)

    replies = await stage.ask_at_once(case, {})

    assert len({reply.status_code for reply in replies}) == 2, "one is granted, the others are over the limit"


async def test_a_key_is_for_one_request(stage: Stage) -> None:
    stage = await stage.without_limit()
    type_, reserve_one = stage.type_id, {"event_id": stage.event["id"], "num_tickets": 1}
    one, other, third, fourth = [address_in(BOOKINGS, await stage.booking(number)) for number in range(4)]
    seat = {"seat_id": stage.seats[10]["id"]}

    for number, (first, another) in enumerate(
        [
            (Case(RESERVATIONS, reserve_one), Case(RESERVATIONS, {**reserve_one, "num_tickets": 2})),
            (Case(RESERVATIONS, reserve_one), Case(BOOKINGS, {"ticket_type_id": type_, "num_tickets": 1})),
            (Case(BOOKINGS, {"ticket_type_id": type_, "num_tickets": 1}), Case(BOOKINGS, {"tickets": [NOTHING]})),
            (Case(f"{one}seats/", seat), Case(f"{other}seats/", seat)),
            (Case(f"{one}cancel/"), Case(f"{other}cancel/")),
            (Case(f"{third}cancel/"), Case(WAITLIST, reserve_one)),
            (Case(f"{fourth}cancel/"), Case(f"{fourth}seats/", seat)),
        ]
    ):
        reply = await stage.ask(first, key(f"key-{number}"))
        assert reply.status_code in {200, 201}, reply.text
        before = await stage.taken()

        assert_problem(await stage.ask(another, key(f"key-{number}")), 422, "SYS-12")

        assert await stage.taken() == before


async def test_everybody_has_keys_of_their_own(stage: Stage) -> None:
    booking, reservation = await booking_in_one_go(stage), await reserving(await stage.without_limit())

    for case, who in [(booking, stage.ann), (booking, stage.ben), (reservation, stage.ann), (reservation, stage.ben)]:
        reply = await stage.ask(case, key(case.path), who)
        assert reply.status_code == 201, reply.text

    assert await stage.taken() == 6
    assert len(await stage.programme.walk(BOOKINGS, stage.ben)) == 1
    assert len(await stage.programme.walk(RESERVATIONS, stage.ben)) == 1


async def test_a_reservation_that_is_booked_again_after_a_lost_reply_is_the_same_booking(stage: Stage) -> None:
    case = await booking_a_reservation(stage)

    at_once = await stage.ask_at_once(case, {})
    again = await stage.ask(case, {})
    bens = await stage.ask(case, {}, stage.ben)

    assert [(reply.status_code, reply.json()) for reply in [*at_once, again]] == [(201, again.json())] * (TWINS + 1)
    assert {reply.headers["Location"] for reply in at_once} == {again.headers["Location"]}
    assert_problem(bens, 404, "TICKET-06")
    assert await stage.taken() == 1


async def test_an_admins_key_has_nothing_to_do_with_those_of_the_bookings_owner(stage: Stage) -> None:
    admin = stage.programme.admin
    first = await stage.ask(await booking_in_one_go(stage), key("k"))
    address = f"{address_in(BOOKINGS, first.json())}cancel/"

    cancelled = [await stage.ask(Case(address), key("k"), admin) for _ in range(2)]
    elsewhere = await stage.ask(await booking_in_one_go(stage), key("another"), admin)
    owners = await stage.ask(Case(f"{address_in(BOOKINGS, elsewhere.json())}cancel/"), key("another"), admin)

    assert [(reply.status_code, reply.json()["status"]) for reply in cancelled] == [(200, "CANCELLED")] * 2
    assert_problem(owners, 422, "SYS-12")


async def test_what_was_refused_can_be_asked_for_again_with_its_key(stage: Stage) -> None:
    small = await stage.programme.event(ticket_types=[{"name": "Single", "price": "1.00", "quota": 1}])
    [type_] = await types_of(stage.programme, small)
    bens = await booked(stage.programme, stage.ben, ticket_type_id=type_["id"], num_tickets=1)

    for case in (
        Case(BOOKINGS, {"ticket_type_id": type_["id"], "num_tickets": 1}),
        Case(RESERVATIONS, {"event_id": small["id"], "num_tickets": 1}),
    ):
        assert_problem(await stage.ask(case, key(case.path)), 400, "TICKET-01")
        await stage.processes[0].delete(address_in(BOOKINGS, bens), stage.ben)
        reply = await stage.ask(case, key(case.path))
        assert reply.status_code == 201, reply.text
        if case.path == BOOKINGS:
            await stage.processes[0].delete(address_in(BOOKINGS, reply.json()), stage.ann)
            bens = await booked(stage.programme, stage.ben, ticket_type_id=type_["id"], num_tickets=1)


@pytest.mark.parametrize("bad", [b"", b"a" * 256, b"a b", b"\x01", b"caf\xc3\xa9"])
async def test_what_is_no_key_is_refused(stage: Stage, bad: bytes) -> None:
    case = await reserving(stage)

    headers = [(b"Idempotency-Key", bad), (b"Authorization", stage.ann.bearer["Authorization"].encode())]
    reply = await stage.processes[0].http.post(case.path, json=case.body, headers=headers)

    assert_problem(reply, 400, "SYS-10")
    assert await stage.taken() == 0
