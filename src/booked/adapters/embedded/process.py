"""A server process that lives on a directory.

The server inherits an open, locked file. So the kernel itself knows whether a server still lives on the
directory: no pid file can mislead us, and a server that outlived a killed owner is found and stopped before a
new one starts.
"""

import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import psutil

from booked.adapters.embedded.accounts import Account
from booked.adapters.embedded.directories import private_file
from booked.adapters.embedded.locks import take

# Under load, or after a crash, Postgres may need a while.
START_PATIENCE_S = 120.0
STOP_PATIENCE_S = 60.0
KILL_PATIENCE_S = 5.0
LOG_TAIL_BYTES = 2000

INTERRUPTIONS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

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
    account: Account | None = None

    @property
    def log_path(self) -> Path:
        return self.home.with_suffix(".log")


@contextmanager
def sole_tenancy(home: Path, stop_signal: signal.Signals) -> Iterator[IO[str]]:
    """No server lives on the directory but the one that we start with this lock."""
    with open(home.with_suffix(".lock"), "a+", opener=private_file) as lock:
        _stop_predecessor(home, stop_signal, lock)
        yield lock


@contextmanager
def running(server: Server, lock: IO[str]) -> Iterator[None]:
    """The server is ready inside the block and stopped after it."""
    with ExitStack() as stack:
        with _undisturbed():
            process = _spawn(server, lock)
            stack.callback(_stop, server, process, lock)
        _wait_until_ready(server, process)
        yield


def processes_on(home: Path) -> Iterator[psutil.Process]:
    """Servers of this directory, whoever started them: both kinds make their directory the current one."""
    return (process for process in psutil.process_iter(["cwd"]) if process.info["cwd"] == str(home))


def _stop_predecessor(home: Path, stop_signal: signal.Signals, lock: IO[str]) -> None:
    if take(lock):
        return
    lock.seek(0)
    with suppress(ProcessLookupError, ValueError):
        os.kill(int(lock.read()), stop_signal)
        if _eventually(lambda: take(lock), STOP_PATIENCE_S):
            return
    # Its head is gone or deaf. The rest of it usually notices soon, and otherwise is helped.
    if _eventually(lambda: take(lock), KILL_PATIENCE_S):
        return
    for process in processes_on(home):
        with suppress(psutil.NoSuchProcess):
            process.kill()
    if not _eventually(lambda: take(lock), KILL_PATIENCE_S):
        raise ServerFailed(f"Another server is still running on {home}.")


def _spawn(server: Server, lock: IO[str]) -> subprocess.Popen[bytes]:
    lock.truncate(0)
    account = server.account
    with open(server.log_path, "ab", opener=private_file) as log:
        process = subprocess.Popen(
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
    lock.write(str(process.pid))
    lock.flush()
    return process


def _wait_until_ready(server: Server, process: subprocess.Popen[bytes]) -> None:
    def exited_or_ready() -> bool:
        return process.poll() is not None or server.is_ready(process.pid)

    if not _eventually(exited_or_ready, START_PATIENCE_S) or process.returncode is not None:
        log = server.log_path.read_bytes()[-LOG_TAIL_BYTES:].decode(errors="replace")
        raise ServerFailed(f"{server.name} does not start. {server.log_path} ends with:\n{log}")


def _stop(server: Server, process: subprocess.Popen[bytes], lock: IO[str]) -> None:
    process.send_signal(server.stop_signal)
    try:
        process.wait(STOP_PATIENCE_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    lock.truncate(0)


@contextmanager
def _undisturbed() -> Iterator[None]:
    """What a signal would raise is raised after the block. Inside, it could make us lose a process just started."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    arrived: list[int] = []
    handlers = {number: signal.getsignal(number) for number in INTERRUPTIONS}
    caught = {number: handler for number, handler in handlers.items() if callable(handler)}
    for number in caught:
        signal.signal(number, lambda number, _: arrived.append(number))
    try:
        yield
    finally:
        for number, handler in caught.items():
            signal.signal(number, handler)
        for late in arrived:
            signal.raise_signal(late)


def _eventually(condition: Callable[[], bool], patience_s: float) -> bool:
    deadline = time.monotonic() + patience_s
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True
