"""The terms of a claim, as the scripts keep them."""

from datetime import datetime

import msgspec

from booked.domain.model.ids import BookingId, UserId
from booked.domain.model.sale.holds import USUAL, Terms
from booked.domain.model.sale.idempotency import IdempotencyKey


class _KeptTerms(msgspec.Struct, array_like=True):
    priced_at: datetime | None
    part_of: str | None
    caller: str = ""
    key: str = ""
    fingerprint: bytes = b""


_decode = msgspec.json.Decoder(_KeptTerms).decode


def terms_argument(terms: Terms) -> str:
    """Return terms as JSON. The usual ones are the empty text."""
    if terms == USUAL:
        return ""
    key = terms.idempotency_key
    kept = _KeptTerms(terms.priced_at, terms.part_of, *((key.caller, key.key, key.fingerprint) if key else ()))
    return msgspec.json.encode(kept).decode()


def terms_of(text: bytes) -> Terms:
    """Return the terms in a reply."""
    if not text:
        return USUAL
    kept = _decode(text)
    idempotency_key = IdempotencyKey(UserId(kept.caller), kept.key, kept.fingerprint) if kept.key else None
    return Terms(kept.priced_at, BookingId(kept.part_of) if kept.part_of else None, idempotency_key)
