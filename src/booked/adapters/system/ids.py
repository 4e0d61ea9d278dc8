"""Fresh ids."""

from uuid import UUID

from uuid_utils import compat


class UUIDv7Ids:
    """UUIDv7 by RFC 9562: the millisecond, a counter for the order within it, and random bits."""

    def unique(self) -> UUID:
        return compat.uuid7()
