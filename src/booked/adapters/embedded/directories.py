"""Directories and files other users cannot look into, and sockets whose paths are short enough."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory, gettempdir

# The kernel's limit for the path of a Unix socket is 107 bytes on Linux and 103 on macOS.
SOCKET_PATH_BYTES = 100


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
    """Yield the server's own directory or, if the socket's path would be too long, a temporary private one."""
    if _fits(home / socket_name):
        yield home
        return
    # The system's directory for such things can itself be too deep.
    base = gettempdir() if _fits(Path(gettempdir(), "booked-12345678", socket_name)) else "/tmp"  # noqa: S108
    with TemporaryDirectory(prefix="booked-", dir=base) as directory:
        yield Path(directory)


def _fits(socket_path: Path) -> bool:
    return len(os.fsencode(socket_path)) <= SOCKET_PATH_BYTES
