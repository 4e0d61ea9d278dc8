"""The command `booked` as its users run it: a process, watched from outside."""

import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import psutil

from tests import forks

PATIENCE = 120.0  # seconds for what should take a few, on a machine that has other work
PORTS = range(10_000, 30_000)  # below those that systems give to connections
AT_ONCE = 10  # processes of the suite at most, each with ports of its own

_own_ports = PORTS[int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) % AT_ONCE :: AT_ONCE]
_ports = random.SystemRandom().sample(_own_ports, len(_own_ports))


def environment(settings: Mapping[str, str]) -> dict[str, str]:
    """Ours without any settings of Booked but these."""
    return {name: value for name, value in os.environ.items() if not name.startswith("BOOKED_")} | dict(settings)


def booked(
    *arguments: str, settings: Mapping[str, str] | None = None, stdin: str = ""
) -> subprocess.CompletedProcess[str]:
    """Run a command that ends by itself, as from a script: nobody is at a terminal."""
    return forks.run(arguments, environment(settings or {}), stdin, PATIENCE)


def python_booked(*arguments: str, settings: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """The same from a new start of Python, which imports what the command needs."""
    return subprocess.run(
        [sys.executable, "-m", "booked", *arguments],
        env=environment(settings or {}),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
        start_new_session=True,
    )


def free_port() -> int:
    """Find a port that nobody listens at. None is given twice, so that it is still free when it is used."""
    while True:
        port = _ports.pop()
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


def eventually(condition: Callable[[], Any], what: str) -> Any:
    """What a condition yields once it is true."""
    deadline = time.monotonic() + PATIENCE
    while not (outcome := condition()):
        assert time.monotonic() < deadline, f"{what}: not within {PATIENCE:.0f} seconds"
        time.sleep(0.02)
    return outcome


def remaining(processes: Collection[psutil.Process]) -> list[psutil.Process]:
    """Those that do not end, although they are given time to; whom nobody has buried is dead all the same."""

    def alive() -> list[psutil.Process]:
        return [process for process in processes if is_alive(process)]

    deadline = time.monotonic() + PATIENCE
    while alive() and time.monotonic() < deadline:
        time.sleep(0.02)
    return alive()


def is_alive(process: psutil.Process) -> bool:
    try:
        return process.is_running() and bool(process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


@dataclass(slots=True)
class Serving:
    """`booked serve`, open."""

    process: subprocess.Popen[bytes]
    port: int
    output: Path
    log: Path

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def client(self) -> httpx.Client:
        return httpx.Client(base_url=self.url, timeout=PATIENCE)

    def household(self) -> list[psutil.Process]:
        """All processes that belong to it, children's children included."""
        everybody: list[psutil.Process] = psutil.Process(self.process.pid).children(recursive=True)
        return everybody

    def child(self, command: str) -> psutil.Process | None:
        """`http` or `worker`, if it runs."""
        for child in psutil.Process(self.process.pid).children():
            with suppress(psutil.Error):
                if child.cmdline()[1:5] == ["-P", "-m", "booked", command]:
                    return child
        return None

    def store(self, program: str) -> psutil.Process | None:
        """`postgres` or `valkey-server`, if it runs."""
        for child in psutil.Process(self.process.pid).children():
            with suppress(psutil.Error):
                if Path(child.exe()).name == program:
                    return child
        return None

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Its exit status, or that of whatever it was before."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        return self.process.wait(PATIENCE)


@contextmanager
def serving(
    directory: Path,
    *arguments: str,
    settings: Mapping[str, str] | None = None,
    port: int | None = None,
    says: str = "Booked is open",
) -> Iterator[Serving]:
    """Run in a directory, from when it says this until the block ends; nothing stays behind.

    One process answers HTTP unless the arguments say otherwise: each costs half a second of a core. So does the worker.
    """
    port = port or free_port()
    output, log = directory / "stdout", directory / "stderr"
    with output.open("wb") as stdout, log.open("wb") as stderr:
        process = subprocess.Popen(
            [sys.executable, "-m", "booked", "serve", f"--port={port}", "--workers=1", *arguments],
            cwd=directory,
            env=environment(settings or {}),
            stdin=subprocess.DEVNULL,
            stdout=stdout,
            stderr=stderr,
            start_new_session=True,
        )
    service = Serving(process, port, output, log)
    family: list[psutil.Process] = []
    try:
        eventually(lambda: process.poll() is not None or says in output.read_text() + log.read_text(), "opening")
        assert process.poll() is None
        family = service.household()
        yield service
        if process.poll() is None:
            family = service.household()
    except Exception as failure:
        failure.add_note(log.read_text())
        raise
    finally:
        service.stop()
        for left in remaining(family):
            with suppress(psutil.NoSuchProcess):
                left.kill()
