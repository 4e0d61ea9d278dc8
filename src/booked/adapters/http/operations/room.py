"""Refuse requests at once while too many others are under way, so that those that are let in are answered in time.

A request is not under way while its body is still to arrive, nor once its answer begins: clients that are slow to
send or to read, and streams, keep nobody out. Once its body has arrived, it is refused if too many are by then.
"""

import math

from booked.domain.errors import Busy


class Room:
    """Room for `most` requests under way in this process, None for any number."""

    def __init__(self, most: int | None) -> None:
        self._most = math.inf if most is None else most
        self._under_way = 0

    def enter(self) -> None:
        """Count a request in. Raises `Busy` where there is no room."""
        if self._under_way >= self._most:
            raise Busy
        self._under_way += 1

    def leave(self) -> None:
        self._under_way -= 1
