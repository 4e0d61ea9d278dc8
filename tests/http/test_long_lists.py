"""Long lists are encoded in slices, and nobody can tell from the answer."""

import random
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from booked.adapters.http.contracts.booked.analytics import CancellationRateBody, SalesBody
from booked.adapters.http.contracts.booked.users import BookingBody
from booked.adapters.http.responses.answers import Answer
from booked.adapters.http.responses.long_lists import SLICE, list_answer
from booked.domain.model.figures.analytics import Cancellations, EventSales
from booked.domain.model.programme.events import EventStatus
from booked.domain.model.programme.venues import Coordinates
from booked.domain.model.sale.bookings import BookedEvent, Booking
from tests.builders import a_booking_id, an_event_id
from tests.turns import with_turns

LETTERS = 'aZ09 "\\/<>&\b\f\n\r\t\x01\x7f\x80äß\u2028\u20ac\ud7ff\U0001f3ad'


def a_text(chance: random.Random) -> str:
    return "".join(chance.choices(LETTERS, k=chance.randrange(12)))


def a_booking(chance: random.Random) -> Booking:
    place = Coordinates(chance.uniform(-90, 90), chance.choice([0.0, -0.0, 1e-7, 180.0, chance.uniform(-180, 180)]))
    event = BookedEvent(
        an_event_id(),
        a_text(chance),
        datetime.fromtimestamp(chance.uniform(0, 4e9), UTC),
        a_text(chance),
        a_text(chance),
        chance.choice([None, place]),
        chance.choice(list(EventStatus)),
    )
    booked_at = datetime.fromtimestamp(chance.uniform(0, 2e9), UTC)
    return Booking(a_booking_id(), event, chance.randrange(1, 100), booked_at)


def some_sales(chance: random.Random) -> EventSales:
    seats = chance.choice([0, 3, 10_000_000])
    return EventSales(an_event_id(), seats, chance.randint(0, seats), chance.randint(0, seats))


def some_cancellations(chance: random.Random) -> Cancellations:
    booked = chance.choice([0, 7, 10_000_000])
    return Cancellations(an_event_id(), booked, chance.randint(0, booked))


@pytest.mark.parametrize("count", [0, 1, SLICE - 1, SLICE, SLICE + 1, 3 * SLICE + 7])
@pytest.mark.parametrize("seed", range(3))
async def test_a_list_is_answered_byte_for_byte_as_if_it_were_encoded_at_once(count: int, seed: int) -> None:
    chance = random.Random(seed)
    bookings = [a_booking(chance) for _ in range(count)]
    sales = [some_sales(chance) for _ in range(count)]
    cancellations = [some_cancellations(chance) for _ in range(count)]

    answers: list[tuple[Answer[Any], Any]] = [
        (await list_answer(bookings, BookingBody.of), [*map(BookingBody.of, bookings)]),
        (await list_answer(sales, SalesBody.of), [*map(SalesBody.of, sales)]),
        (await list_answer(cancellations, CancellationRateBody.of), [*map(CancellationRateBody.of, cancellations)]),
    ]

    for answer, bodies in answers:
        at_once = Answer(bodies).to_asgi_response()
        sliced = answer.to_asgi_response()
        assert sliced.body == at_once.body == msgspec.json.encode(bodies)
        assert sliced.encode_headers() == at_once.encode_headers()


async def test_others_get_their_turn_between_slices() -> None:
    _, turns = await with_turns(list_answer(range(5 * SLICE), int))

    assert turns >= 4
