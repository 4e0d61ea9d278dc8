"""Messages to people."""

from typing import Protocol

from booked.domain.model.sale.waitlist import Offer


class Notifier(Protocol):
    async def offer_made(self, offer: Offer) -> None:
        """Tell a waiting user that tickets are held for them. May deliver twice; never raises."""
        ...
