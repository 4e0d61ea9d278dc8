"""What is sent to somebody who watches an event: server-sent events with a JSON body each."""

import base64
from weakref import WeakKeyDictionary

import msgspec

from booked.domain.model.ids import EventId, TicketTypeId, ticket_type_id
from booked.domain.model.sale.live import FrameKind, LiveFrame
from booked.domain.services.sale.live import Sign

_BEAT = b":\n\n"

_encode = msgspec.json.Encoder().encode
_encoded: WeakKeyDictionary[LiveFrame, bytes] = WeakKeyDictionary()


class LiveSeatsBody(msgspec.Struct, frozen=True, omit_defaults=True):
    """How many tickets are left, in all and by type; then what an event of this kind has beside it."""

    capacity: int
    free: int
    ticket_types: dict[TicketTypeId, int]
    bitmap: str | None = None
    taken: tuple[int, ...] | None = None
    freed: tuple[int, ...] | None = None

    @classmethod
    def of(cls, event_id: EventId, frame: LiveFrame) -> "LiveSeatsBody":
        state = frame.state
        left = {ticket_type_id(event_id, number): count for number, count in state.left.items()}
        if frame.kind is FrameKind.SEATS:
            return cls(state.capacity, state.free, left, taken=frame.taken, freed=frame.freed)
        bitmap = None if state.taken is None else base64.b64encode(state.taken).decode()
        return cls(state.capacity, state.free, left, bitmap=bitmap)


def event_text(event_id: EventId, frame: LiveFrame | Sign) -> bytes | None:
    """Return what is sent, None at the end. Frames of all readers of an event are encoded once."""
    if isinstance(frame, Sign):
        return _BEAT if frame is Sign.BEAT else None
    text = _encoded.get(frame)
    if text is None:
        body = _encode(LiveSeatsBody.of(event_id, frame))
        text = _encoded[frame] = b"id: %b\nevent: %b\ndata: %b\n\n" % (
            frame.state.id.encode(),
            frame.kind.encode(),
            body,
        )
    return text


def retry_text(pause_ms: int) -> bytes:
    """Return what tells a client how long to wait before it comes back."""
    return b"retry: %d\n\n" % pause_ms
