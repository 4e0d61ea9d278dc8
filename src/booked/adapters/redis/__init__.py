"""The hold store on Valkey (or Redis 7): a bitmap of taken tickets and a key per hold, changed by Lua scripts only."""

from booked.adapters.redis.store import RedisHoldStore

__all__ = ["RedisHoldStore"]
