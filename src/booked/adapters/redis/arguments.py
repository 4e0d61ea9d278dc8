"""Arguments of scripts, from what the domain knows."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import chain
from typing import assert_never

from booked.domain.model.ids import ReservationId
from booked.domain.model.programme.seating import Block
from booked.domain.model.sale.idempotency import IdempotencyKey
from booked.domain.model.sale.lapses import cool_downs
from booked.domain.model.sale.reservations import AnyOf, BestOf, CheapestOf, Exactly, Maximum, Minimum, Selection

Argument = str | int | Sequence["Argument"]

EVENT_PART = 28  # characters of an id that belong to its event; the rest of a reservation's id is its mark
KEY_KEPT_FOR = timedelta(days=1)
PERMITTED_FOR = timedelta(minutes=2)  # of a flip: longer than the database may take to say what is sold
MILLISECOND = timedelta(milliseconds=1)
EPOCH = datetime.fromtimestamp(0, UTC)


def ms(duration: timedelta) -> int:
    return duration // MILLISECOND


def ms_since_epoch(time: datetime | None) -> int:
    """Return the milliseconds since 1970, 0 for None."""
    return ms(time - EPOCH) if time else 0


def reservation_mark(reservation_id: ReservationId) -> str:
    """Return the part of an id telling a reservation from others of its event."""
    return reservation_id[EVENT_PART:]


def key_arguments(idempotency_key: IdempotencyKey | None) -> tuple[str, str, int]:
    """Return a key with its caller, its fingerprint, and its time to live in ms. No key is the empty text."""
    if idempotency_key is None:
        return "", "", 0
    key = f"{idempotency_key.caller}:{idempotency_key.key}"
    return key, idempotency_key.fingerprint.hex(), ms(KEY_KEPT_FOR)


@lru_cache
def cool_downs_argument(ttl: timedelta) -> str:
    """Return for how many ms users cool down, after one round in a row, two, and so on."""
    return ",".join(str(ms(wait)) for wait in cool_downs(ttl))


def selection_argument(selection: Selection) -> Argument:
    """Return the kind of a selection, the number of tickets, the kind's list, and what else reservations.lua names."""
    match selection:
        case AnyOf():
            return "any", selection.count, ranges_in_order(selection.blocks), (), selection.known_capacity or 0
        case CheapestOf():
            lists = (ranges_of_each(selection.by_price), ranges(selection.withheld))
            return "cheapest", selection.count, *lists, selection.known_capacity or 0
        case BestOf():
            rows = [
                (block.first, block.last, block.seats.seats_per_row, block.type_number)
                for block in selection.blocks
                if block.seats
            ]
            return "groups" if selection.split else "best", selection.count, list(chain.from_iterable(rows))
        case Exactly():
            numbers = list(dict.fromkeys(selection.numbers))
            return "exactly", len(numbers), numbers
        case _:
            assert_never(selection)


def counted_ranges(bounds: Iterable[Minimum | Maximum]) -> list[tuple[int, list[int]]]:
    """Return the count of each bound with its `ranges`."""
    return [(bound.count, ranges(bound.blocks)) for bound in bounds]


def ranges(blocks: Sequence[Block]) -> list[int]:
    """Return the first and last number of each block, one after the other."""
    return [number for block in blocks for number in (block.first, block.last)]


def ranges_of_each(types: Sequence[Sequence[Block]]) -> list[list[int]]:
    """Return `ranges_in_order` of each ticket type."""
    return [ranges_in_order(blocks) for blocks in types]


def ranges_in_order(blocks: Sequence[Block]) -> list[int]:
    """Return `ranges` in ascending order."""
    return ranges(sorted(blocks, key=lambda block: block.first))
