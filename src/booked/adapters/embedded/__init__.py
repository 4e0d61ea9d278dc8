"""A real Postgres 18 and a real Valkey 9, booted in a directory: `booked serve` needs nothing installed.

The first process on a data directory owns the servers: it starts them, keeps them running and stops them in the end.
Processes coming while they run attach to them. When the owner ends, one of the attached starts them again, on the same
data and at the same addresses, and is the owner from then on. The data directory is private to its user and holds:

    owner.lock           locked by the owner for as long as it lives; its content is the servers' addresses
    postgres/ valkey/    what the servers keep, each with a .log and a .lock beside it
    postgres.path        where postgres/ is instead, if its system user cannot walk to the data directory
    jwt.secret           the secret for signing tokens
"""

import json
import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import TextIOWrapper
from pathlib import Path
from threading import Event, Thread

from booked.adapters.embedded.directories import private_directory, private_file
from booked.adapters.embedded.locks import take
from booked.adapters.embedded.postgres import postgres, require_own_cluster
from booked.adapters.embedded.process import ServerFailed
from booked.adapters.embedded.secret import jwt_secret
from booked.adapters.embedded.valkey import valkey
from booked.restarts import Backoff

__all__ = ["EmbeddedServers", "ServerFailed", "embedded_servers", "jwt_secret"]

log = logging.getLogger(__name__)

ATTACH_PATIENCE_S = 150.0
OWNER_GONE_YET_EVERY_S = 0.2


@dataclass(frozen=True, slots=True)
class EmbeddedServers:
    """Where the servers are. `attached` says that another process started them."""

    database_url: str
    redis_url: str
    attached: bool = field(default=False, compare=False)


@contextmanager
def embedded_servers(data_dir: Path, *, durable: bool = True) -> Iterator[EmbeddedServers]:
    """Run Postgres and Valkey, and yield where they are. Not durable means fast and forgetful: for tests.

    Blocks for a second or so, hence not for use on an event loop. Raises `ServerFailed`.
    """
    data_dir = data_dir.expanduser().resolve()
    require_own_cluster(data_dir)
    private_directory(data_dir)
    with _open_lock(data_dir) as lock:
        running = _become_owner_or_attach(lock)
        if running is None:
            with _own_servers(data_dir, lock, durable=durable) as servers:
                yield servers
                return
    with _ready_to_take_over(data_dir, durable=durable):
        yield running


def _open_lock(data_dir: Path) -> TextIOWrapper:
    return open(data_dir / "owner.lock", "a+", opener=private_file)


def _become_owner_or_attach(lock: TextIOWrapper) -> EmbeddedServers | None:
    """Return the owner's servers once they are ready, or None if we are the owner now."""
    deadline = time.monotonic() + ATTACH_PATIENCE_S
    while time.monotonic() < deadline:
        if take(lock):
            return None
        lock.seek(0)
        if addresses := lock.read():
            return EmbeddedServers(**json.loads(addresses), attached=True)
        time.sleep(0.05)
    raise ServerFailed(f"Another process owns {lock.name} but its servers do not become ready.")


@contextmanager
def _own_servers(data_dir: Path, lock: TextIOWrapper, *, durable: bool) -> Iterator[EmbeddedServers]:
    """Run the servers as the owner, who has taken the lock."""
    # An owner that was killed has left the addresses of servers that are about to be replaced.
    lock.truncate(0)
    # The quicker one first.
    with valkey(data_dir, durable=durable) as redis_url, postgres(data_dir, durable=durable) as database_url:
        servers = EmbeddedServers(database_url, redis_url)
        # From here on others may attach, until just before the servers stop.
        lock.write(json.dumps({"database_url": database_url, "redis_url": redis_url}))
        lock.flush()
        try:
            yield servers
        finally:
            lock.truncate(0)


@contextmanager
def _ready_to_take_over(data_dir: Path, *, durable: bool) -> Iterator[None]:
    """Become the owner if the one there is ends during the block."""
    block_ended = Event()

    def take_over() -> None:
        backoff = Backoff()
        pause_s = OWNER_GONE_YET_EVERY_S
        while not block_ended.wait(pause_s):
            try:
                with _open_lock(data_dir) as lock:
                    if not take(lock):
                        continue
                    require_own_cluster(data_dir)  # it may have been made since
                    with _own_servers(data_dir, lock, durable=durable):
                        log.warning("The command that ran Postgres and Valkey has ended: this one runs them now.")
                        block_ended.wait()
            except Exception as fault:  # we are the only ones to try again
                pause_s = backoff.pause_s(0)
                log.error("Postgres and Valkey are started again in %.1f seconds: %s", pause_s, fault)

    # A daemon: it must not keep a process alive whose main thread has ended without ending the block.
    thread = Thread(target=take_over, name="successor", daemon=True)
    try:
        thread.start()
        yield
    finally:
        block_ended.set()
        # A thread whose start was interrupted may yet begin. It finds that there is nothing to do.
        if thread.is_alive():
            thread.join()
