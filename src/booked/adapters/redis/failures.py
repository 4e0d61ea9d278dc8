"""Which exceptions of the client library mean that the store failed."""

from collections.abc import Iterator
from contextlib import contextmanager

from redis.exceptions import (
    AskError,
    BusyLoadingError,
    ClusterDownError,
    MasterDownError,
    NoScriptError,
    OutOfMemoryError,
    ReadOnlyError,
    ResponseError,
    TryAgainError,
)
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError

from booked.domain.errors import StoreError

UNREACHABLE = (
    OSError,
    RedisConnectionError,
    RedisTimeoutError,
    BusyLoadingError,
    ClusterDownError,
    MasterDownError,
    NoScriptError,
    OutOfMemoryError,
    ReadOnlyError,
    AskError,  # A slot is moved key by key, or was moved too often. MOVED is one too.
    TryAgainError,
)
# The client library has no classes for these errors. A script says the last one while its slot is moved key by key.
CANNOT_SERVE = ("BUSY ", "MISCONF ", "NOREPLICAS ", "Attempted to access a non local key")


@contextmanager
def failing_as(error: type[StoreError]) -> Iterator[None]:
    """Raise this error if the server cannot be reached, cannot serve now, or does not answer in time."""
    try:
        yield
    except UNREACHABLE as cause:
        raise error from cause
    except ResponseError as cause:
        if str(cause).startswith(CANNOT_SERVE):
            raise error from cause
        raise
