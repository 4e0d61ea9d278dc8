"""Directories and files other users cannot look into, and sockets whose paths are short enough."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

# The kernel's limit for the path of a Unix socket is 107 bytes on Linux and 103 on macOS.
SOCKET_PATH_BYTES = 100
# Not TMPDIR, which another process may have set otherwise. What somebody else has made there is not used.
SHORT_PLACE = Path("/tmp")  # noqa: S108


def private_directory(path: Path) -> Path:
    """Return the directory. If it is missing, make it for its owner alone; if it exists, it keeps its mode."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.mkdir(mode=0o700, exist_ok=True)
    return path


def private_file(path: str, flags: int) -> int:
    """Open a file for `open`. If it is new, only its owner may read it."""
    return os.open(path, flags, 0o600)


@contextmanager
def socket_directory(home: Path, socket_name: str) -> Iterator[Path]:
    """Yield the server's own directory or, if its path does not do for a socket, a temporary private one.

    It may be too long, and Postgres takes one with a comma for several. A home always has the same one: clients find
    the server again, also when another process has started it.
    """
    if len(os.fsencode(home / socket_name)) <= SOCKET_PATH_BYTES and "," not in str(home):
        yield home
        return
    directory = SHORT_PLACE / f"booked-{sha256(os.fsencode(home)).hexdigest()[:16]}"
    # A process that was killed has left it.
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir(mode=0o700)
    try:
        yield directory
    finally:
        shutil.rmtree(directory, ignore_errors=True)
