"""Locks the kernel drops when their last holder is gone, however it went."""

import fcntl
from typing import IO


def take(file: IO[str]) -> bool:
    """Lock a file without waiting. False if somebody else has it.

    The lock belongs to the open file, not to the process: a child inheriting the file holds the lock too.
    """
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
