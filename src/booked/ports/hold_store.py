"""The hold store as a whole: which tickets are taken, by whom and until when. The database decides every sale."""

from typing import Protocol

from booked.ports.figures import Funnels
from booked.ports.holds import Availability, Holds, Offers, Reservations, Supply
from booked.ports.system import Answering
from booked.ports.upkeep import Inspections, Installation, Sweeping


class HoldStore(
    Holds,
    Reservations,
    Availability,
    Offers,
    Supply,
    Installation,
    Sweeping,
    Inspections,
    Funnels,
    Answering,
    Protocol,
):
    """One store with all capabilities. A service names those it needs."""
