"""Messages, kept instead of sent."""

from dataclasses import dataclass, field

from booked.domain.model.sale.waitlist import Offer


@dataclass(frozen=True, slots=True)
class RecordingNotifier:
    offers: list[Offer] = field(default_factory=list, init=False)

    async def offer_made(self, offer: Offer) -> None:
        self.offers.append(offer)
