"""What each store knows of all tickets of an event at one moment: for repairs, audits and verification."""

from collections.abc import Sequence
from dataclasses import dataclass

from booked.domain.model.ids import UserId
from booked.domain.model.sale.holds import Ledger, Stock


@dataclass(frozen=True, slots=True)
class SoldTickets:
    """What the database has sold: ranges of ticket numbers in ascending order, both ends included.

    `per_user` says who owns how many; it is empty for an event without a ticket limit. `came_back` counts the tickets
    which were sold once and are on sale again; it is 0 for an event with an empty waitlist.
    """

    ledger: Ledger
    ranges: Sequence[tuple[int, int]]
    per_user: Sequence[tuple[UserId, int]]
    came_back: int = 0


@dataclass(frozen=True, slots=True)
class Inspection:
    """Every ticket number the hold store counts as sold, held or claimed."""

    stock: Stock
    sold: frozenset[int]
    held: frozenset[int]
    claimed: frozenset[int]
