"""Messages as log lines, for another program to forward to people."""

import structlog

from booked.domain.model.sale.waitlist import Offer

log = structlog.get_logger(__name__)


class LogNotifier:
    async def offer_made(self, offer: Offer) -> None:
        log.info(
            "offer made",
            user_id=offer.user_id,
            event_id=offer.event_id,
            tickets=len(offer.numbers),
            expires_at=offer.expires_at.isoformat(),
        )
