"""Messages, kept instead of sent."""

from dataclasses import dataclass, field

from booked.domain.model.ids import UserId
from booked.domain.model.sale.waitlist import Offer


@dataclass(frozen=True, slots=True)
class RecordingNotifier:
    """`failures` are raised once each, for the user they stand under."""

    offers: list[Offer] = field(default_factory=list, init=False)
    failures: dict[UserId, BaseException] = field(default_factory=dict, init=False)

    async def offer_made(self, offer: Offer) -> None:
        if failure := self.failures.pop(offer.user_id, None):
            raise failure
        self.offers.append(offer)
