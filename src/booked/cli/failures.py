"""What went wrong, in a sentence for the person who typed the command."""

import errno
import os
import traceback

import asyncpg
from redis.exceptions import RedisError

from booked.adapters.embedded import ServerFailed
from booked.adapters.postgres.migrations import MigrationBusy, PoolerBetween, TablesInUse, TablesOutdated
from booked.adapters.postgres.programme.zones import ZoneNotKnown
from booked.adapters.redis.eviction import KeysMayBeEvicted
from booked.domain.errors import BookedError, StoreError
from booked.settings import InvalidSettings

# What may well be over in a moment.
UNREACHABLE = (
    StoreError,
    OSError,
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,  # it starts, or is shut down
    asyncpg.TooManyConnectionsError,
    asyncpg.InternalClientError,  # none of several hosts takes writes yet
    asyncpg.InterfaceError,  # the connection was lost in between
)

# Among those, what stays as it is.
UNUSABLE = (
    asyncpg.ClientConfigurationError,
    asyncpg.UnsupportedClientFeatureError,
    asyncpg.UnsupportedServerFeatureError,
)

# They say themselves what to do.
TELLING = (
    InvalidSettings,
    ServerFailed,
    MigrationBusy,
    TablesInUse,
    TablesOutdated,
    PoolerBetween,
    KeysMayBeEvicted,
    ZoneNotKnown,
)


def explain(fault: Exception) -> str:
    """Return what went wrong, in a sentence."""
    match fault:
        case _ if isinstance(fault, TELLING):
            return str(fault)
        case StoreError(__cause__=RedisError() as cause):
            return f"Valkey cannot be used: {str(cause).rstrip('.')}. Check BOOKED_REDIS_URL."
        case StoreError():
            return f"Postgres or Valkey does not answer ({fault.code}). See that both run, and try again."
        case BookedError():
            return f"{fault} ({fault.code})"
        case OSError() | asyncpg.PostgresError() | asyncpg.InterfaceError() | asyncpg.InternalClientError():
            return _blame(fault)
        case _:
            return _confess(fault)


def _blame(fault: Exception) -> str:
    """Return a sentence naming the file, the disk, the system or the database."""
    match fault:
        case OSError(filename=str(name), strerror=str(reason)):
            return f"{name}: {reason}."
        case OSError(errno=errno.ENOSPC | errno.EDQUOT | errno.EFBIG | errno.EIO | errno.EPIPE):
            return f"Nothing more can be written: {fault.strerror}."
        case OSError(errno=errno.EAGAIN | errno.ENOMEM | errno.EMFILE | errno.ENFILE):
            return f"The system refuses: {fault.strerror}. See its limits for processes, memory and open files."
    reason = str(fault) or "it does not answer in time"
    return f"Postgres cannot be used: {reason}. Check BOOKED_DATABASE_URL."


def _confess(fault: Exception) -> str:
    if os.environ.get("BOOKED_LOG_LEVEL") == "debug":
        traceback.print_exception(fault)
    return f"{type(fault).__name__}: {fault}. With BOOKED_LOG_LEVEL=debug you see where."
