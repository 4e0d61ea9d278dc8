"""A server process: how it is started and how it is stopped."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from booked.adapters.embedded.accounts import Account
from booked.adapters.embedded.directories import private_file

STOP_PATIENCE_S = 60.0
ASK_AGAIN_AFTER_S = 1.0  # a server that has only just started may have missed it

# Its input ends when we do. It stops asking when there is nobody left to ask, or nobody answers.
STOP_IN_OUR_PLACE = 'read _; for _ in 1 2 3 4 5 6 7 8 9 10; do kill -s "$0" "$1" || exit; sleep 1; done'

# Nothing in the user's environment (PGPORT, LANG, TZ …) changes how a server behaves.
ENVIRONMENT = {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}


class ServerFailed(RuntimeError):
    """A server could not be started or stopped; the message says why."""


@dataclass(frozen=True, slots=True)
class Server:
    name: str
    home: Path
    stop_signal: signal.Signals
    command: Sequence[str | Path]
    is_ready: Callable[[int], bool]
    """Asked with the process id, again and again until it says yes."""
    clear_up: Callable[[], None] = lambda: None
    """Removes what a server that crashed has left in the way of the next one."""
    account: Account | None = None

    @property
    def log_path(self) -> Path:
        return self.home.with_suffix(".log")


@contextmanager
def started(server: Server, lock: IO[str]) -> Iterator["subprocess.Popen[bytes]"]:
    """Start a server, and yield its process, which may not be ready yet. Stop it after the block."""
    process = _spawn(server, lock)
    try:
        lock.write(str(process.pid))
        lock.flush()
        with _stopped_if_we_are_killed(server, process.pid):
            yield process
    finally:
        _stop(server, process)
        lock.truncate(0)


@contextmanager
def _stopped_if_we_are_killed(server: Server, pid: int) -> Iterator[None]:
    """Let a shell stop the server if this process ends before the block does, however it ends."""
    signal_name = server.stop_signal.name.removeprefix("SIG")
    with subprocess.Popen(
        ["/bin/sh", "-c", STOP_IN_OUR_PLACE, signal_name, str(pid)],
        cwd="/",
        env=ENVIRONMENT,
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    ) as shell:
        try:
            yield
        finally:
            shell.kill()


def _spawn(server: Server, lock: IO[str]) -> "subprocess.Popen[bytes]":
    server.clear_up()
    lock.truncate(0)
    account = server.account
    with open(server.log_path, "ab", opener=private_file) as log:
        return subprocess.Popen(
            [os.fspath(part) for part in server.command],
            cwd="/",
            env=ENVIRONMENT,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            pass_fds=[lock.fileno()],
            # Ctrl-C in the terminal is for us, who then stop the server in good order.
            start_new_session=True,
            umask=0o077,
            user=account.uid if account else None,
            group=account.gid if account else None,
            extra_groups=[] if account else None,
        )


def _stop(server: Server, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + STOP_PATIENCE_S
    while time.monotonic() < deadline:
        process.send_signal(server.stop_signal)
        with suppress(subprocess.TimeoutExpired):
            process.wait(ASK_AGAIN_AFTER_S)
            return
    process.kill()
    process.wait()
