"""Where HTTP processes keep what they count together: files mapped into their memory.

On a full disk, the next page of such a file cannot be had, and the process that wants it ends with SIGBUS.
"""

import os
from pathlib import Path

import psutil

MEMORY = Path("/dev/shm")  # noqa: S108 - it only names a place for a directory of our own
SYSTEMD = Path("/run/systemd/system")
FIRST_LOGIN_UID = 1000


def place_for_counts() -> Path | None:
    """Return a directory that no disk is behind, or None for where temporary files are."""
    # systemd removes from there what belongs to somebody who logs out. It spares system users.
    lasts = os.geteuid() < FIRST_LOGIN_UID or not SYSTEMD.exists()
    return MEMORY if lasts and _is_in_memory(MEMORY) and os.access(MEMORY, os.W_OK | os.X_OK) else None


def _is_in_memory(directory: Path) -> bool:
    mounted = psutil.disk_partitions(all=True)
    return any(mount.fstype == "tmpfs" and mount.mountpoint == str(directory) for mount in mounted)
