"""No two servers live on one directory.

A server inherits an open, locked file. So the kernel itself knows whether a server still lives on the directory: no
pid file can mislead us, and what outlived a killed owner, or is left of a crashed server, is found and stopped
before a new one starts.
"""

import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

import psutil

from booked.adapters.embedded.directories import private_file
from booked.adapters.embedded.locks import take
from booked.adapters.embedded.process import STOP_PATIENCE_S, ServerFailed

KILL_PATIENCE_S = 5.0


@contextmanager
def sole_tenancy(home: Path, stop_signal: signal.Signals) -> Iterator[IO[str]]:
    """Yield a lock for starting the only server on the directory."""
    with open(home.with_suffix(".lock"), "a+", opener=private_file) as lock:
        _stop_predecessor(home, stop_signal, lock)
        yield lock


def processes_on(home: Path) -> Iterator[psutil.Process]:
    """Return the servers of a directory, whichever process started them: it is their current directory."""
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


def _eventually(condition: Callable[[], bool], patience_s: float) -> bool:
    deadline = time.monotonic() + patience_s
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True
