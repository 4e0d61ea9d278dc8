"""Which exceptions of the client library mean that the store failed."""

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


class failing_as:
    """Raise this error if the server cannot be reached, cannot serve now, or does not answer in time."""

    __slots__ = ("_error",)

    def __init__(self, error: type[StoreError]) -> None:
        self._error = error

    def __enter__(self) -> None:
        pass

    def __exit__(self, _: object, cause: BaseException | None, __: object) -> None:
        if cause is None:  # nearly always: comparing with a dozen classes takes longer than all else here
            return
        if isinstance(cause, UNREACHABLE) or (isinstance(cause, ResponseError) and str(cause).startswith(CANNOT_SERVE)):
            raise self._error from cause
