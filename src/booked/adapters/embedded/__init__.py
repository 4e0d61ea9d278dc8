"""A real Postgres 18 and a real Valkey 9, booted in a directory: `booked serve` needs nothing installed.

The first process on a data directory starts the servers, keeps them running and stops them in the end. Processes
coming while they run attach to them. The data directory is private to its user and holds:

    owner.lock           locked by the owner for as long as it lives; its content is the servers' addresses
    postgres/ valkey/    what the servers keep, each with a .log and a .lock beside it
    jwt.secret           the secret for signing tokens
"""

import json
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from io import TextIOWrapper
from pathlib import Path

from booked.adapters.embedded.directories import private_directory, private_file
from booked.adapters.embedded.locks import take
from booked.adapters.embedded.postgres import postgres
from booked.adapters.embedded.process import ServerFailed
from booked.adapters.embedded.secret import jwt_secret
from booked.adapters.embedded.valkey import valkey

__all__ = ["EmbeddedServers", "ServerFailed", "embedded_servers", "jwt_secret"]

ATTACH_PATIENCE_S = 150.0


@dataclass(frozen=True, slots=True)
class EmbeddedServers:
    database_url: str
    redis_url: str


@contextmanager
def embedded_servers(data_dir: Path, *, durable: bool = True) -> Iterator[EmbeddedServers]:
    """Run Postgres and Valkey, and yield where they are. Not durable means fast and forgetful: for tests.

    Blocks for a second or so, hence not for use on an event loop. Raises `ServerFailed`.
    """
    data_dir = private_directory(data_dir.expanduser().resolve())
    with open(data_dir / "owner.lock", "a+", opener=private_file) as lock:
        running = _become_owner_or_attach(lock)
        if running is not None:
            yield running
            return

        with ExitStack() as stack:
            # The quicker one first.
            redis_url = stack.enter_context(valkey(data_dir, durable=durable))
            database_url = stack.enter_context(postgres(data_dir, durable=durable))
            servers = EmbeddedServers(database_url, redis_url)
            # From here on others may attach, until just before the servers stop.
            stack.callback(lock.truncate, 0)
            lock.write(json.dumps(asdict(servers)))
            lock.flush()
            yield servers


def _become_owner_or_attach(lock: TextIOWrapper) -> EmbeddedServers | None:
    """Return the owner's servers once they are ready, or None if we are the owner now."""
    deadline = time.monotonic() + ATTACH_PATIENCE_S
    while time.monotonic() < deadline:
        if take(lock):
            # An owner that was killed has left the addresses of servers that are about to be replaced.
            lock.truncate(0)
            return None
        lock.seek(0)
        if addresses := lock.read():
            return EmbeddedServers(**json.loads(addresses))
        time.sleep(0.05)
    raise ServerFailed(f"Another process owns {lock.name} but its servers do not become ready.")
