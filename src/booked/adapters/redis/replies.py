"""Replies of scripts, as what the domain knows."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from booked.adapters.redis.arguments import EVENT_PART
from booked.adapters.redis.terms import terms_of
from booked.domain.model.ids import BookingId, EntryId, EventId, ReservationId, UserId
from booked.domain.model.programme.times import SalesWindow
from booked.domain.model.sale.holds import Claim, Stock
from booked.domain.model.sale.reservations import Reservation
from booked.domain.model.sale.waitlist import Offer

Reply = list[Any]


def moment(ms: int) -> datetime:
    return datetime.fromtimestamp(ms / 1000, UTC)


def stock_of(counts: Sequence[int]) -> Stock:
    epoch, capacity, sold, held, claimed, aside, marked, released, ticket_limit, opens, closes, at = counts
    sales = SalesWindow(_moment_or_none(opens), _moment_or_none(closes))
    return Stock(epoch, capacity, sold, held, claimed, aside, marked, released, ticket_limit or None, sales, moment(at))


def reservation_of(event_id: EventId, reply: Sequence[Any]) -> Reservation:
    mark, user_id, type_number, made_at, deadline, extensions, numbers = reply
    return Reservation(
        ReservationId(event_id[:EVENT_PART] + mark.decode()),
        event_id,
        UserId(user_id.decode()),
        tuple(numbers),
        int(type_number) if type_number else None,
        moment(made_at),
        moment(deadline),
        extensions,
    )


def claim_of(event_id: EventId, epoch: int, reply: Sequence[Any]) -> Claim:
    booking_id, user_id, entry_id, terms, *tickets = reply
    return Claim(
        BookingId(booking_id.decode()),
        event_id,
        UserId(user_id.decode()),
        tuple(tickets[::2]),
        epoch,
        EntryId(entry_id.decode()) if entry_id else None,
        tuple(map(_moment_or_none, tickets[1::2])),
        terms_of(terms),
    )


def offer_of(event_id: EventId, reply: Sequence[Any], version: int = 0) -> Offer:
    user_id, entry_id, deadline, *numbers = reply
    return Offer(
        EntryId(entry_id.decode()), event_id, UserId(user_id.decode()), tuple(numbers), moment(deadline), version
    )


def _moment_or_none(ms: int) -> datetime | None:
    return moment(ms) if ms else None
