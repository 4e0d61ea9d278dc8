"""Claims as the scripts reply them, with the terms that each is committed on."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec

from booked.adapters.redis.reservations import moment
from booked.domain.model.ids import BookingId, EntryId, EventId, UserId
from booked.domain.model.sale.holds import USUAL, Claim, Terms
from booked.domain.model.sale.idempotency import IdempotencyKey


class _Terms(msgspec.Struct, array_like=True):
    priced_at: datetime | None
    part_of: str | None
    caller: str = ""
    key: str = ""
    fingerprint: bytes = b""


_decode = msgspec.json.Decoder(_Terms).decode


def terms_argument(terms: Terms) -> str:
    """Terms as a claim keeps them: the usual ones are the empty text."""
    if terms == USUAL:
        return ""
    idempotency_key = (
        (terms.idempotency_key.caller, terms.idempotency_key.key, terms.idempotency_key.fingerprint)
        if terms.idempotency_key
        else ()
    )
    return msgspec.json.encode(_Terms(terms.priced_at, terms.part_of, *idempotency_key)).decode()


def claim_of(event_id: EventId, epoch: int, claim: Sequence[Any]) -> Claim:
    booking_id, user_id, entry_id, terms, *tickets = claim
    return Claim(
        BookingId(booking_id.decode()),
        event_id,
        UserId(user_id.decode()),
        tuple(tickets[::2]),
        epoch,
        EntryId(entry_id.decode()) if entry_id else None,
        tuple(moment(reserved_at) if reserved_at else None for reserved_at in tickets[1::2]),
        _terms_of(terms) if terms else USUAL,
    )


def _terms_of(text: bytes) -> Terms:
    kept = _decode(text)
    idempotency_key = IdempotencyKey(UserId(kept.caller), kept.key, kept.fingerprint) if kept.key else None
    return Terms(kept.priced_at, BookingId(kept.part_of) if kept.part_of else None, idempotency_key)
