"""Having reservations lapse at once."""

from typing import cast

from redis.asyncio import Redis

from booked.domain.model.ids import EventId


async def lapse_all(valkey: Redis, event_id: EventId) -> list[int]:
    """Have the deadline of all held tickets of an event pass. Return their numbers."""
    expiry = f"expiry:{{{event_id}}}"
    members = cast(list[bytes], await valkey.zrange(expiry, 0, -1))
    await valkey.zadd(expiry, dict.fromkeys(members, 1.0))
    return [int(member.partition(b":")[0]) for member in members]
