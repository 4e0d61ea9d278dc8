"""A running `booked serve` with all its processes, and what can be done to them."""

import asyncio
import json
import random
import time
from collections.abc import Callable
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path

import asyncpg
import psutil
from redis import Redis
from redis.exceptions import RedisError

from tests.running import Serving, booked, eventually, free_port, is_alive, remaining, serving
from tests.serve.visits import the_child, the_store, workers_of
from tests.torture.buyers import Crowd
from tests.torture.disks import Disk
from tests.torture.offices import SECRET, TOKEN_TTL
from tests.torture.proofs import Trial

SETTINGS = {
    "BOOKED_JWT_SECRET": SECRET,
    "BOOKED_TOKEN_TTL": str(int(TOKEN_TTL.total_seconds())),
    "BOOKED_HOLD_TTL": "5",
    "BOOKED_RESERVATIONS_PER_MINUTE": "off",
}


@dataclass(slots=True)
class Siege:
    """A running box office, and those who attack it."""

    trial: Trial
    directory: Path
    choices: random.Random
    port: int = field(default_factory=free_port)
    times: dict[str, list[float]] = field(default_factory=dict)
    _open: ExitStack = field(default_factory=ExitStack)
    _service: Serving | None = None

    @property
    def service(self) -> Serving:
        assert self._service is not None
        return self._service

    def start(self) -> None:
        self._service = self._open.enter_context(
            serving(self.directory, "--workers=2", settings=SETTINGS, port=self.port)
        )

    def stop(self) -> None:
        self._open.close()

    @property
    def data(self) -> Path:
        return self.directory / ".booked"

    def addresses(self) -> dict[str, str]:
        found: dict[str, str] = json.loads((self.data / "owner.lock").read_text())
        return found

    def verify(self) -> None:
        """Return when both stores agree on all events, ticket by ticket."""
        eventually(lambda: "Findings: 0." in booked("verify", f"--data-dir={self.data}").stdout, "the stores agree")

    # Faults

    def kill(self, target: str, crowd: Crowd) -> None:
        victim = self._victim(target)
        if target == "serve":
            return self._kill_serve(victim)
        struck = time.monotonic()
        victim.kill()
        eventually(lambda: not is_alive(victim), "a death")
        if target != "backend":
            eventually(lambda: self._candidates(target), f"another {target}")
        since = self._back(target, struck)
        if target != "background worker":
            eventually(lambda: crowd.sold_since(since), f"a sale after {target}")
        self.times.setdefault(target, []).append(time.monotonic() - since)
        return None

    def freeze(self, target: str, seconds: float, crowd: Crowd) -> None:
        victim = self._victim(target)
        victim.suspend()
        time.sleep(seconds)
        with suppress(psutil.NoSuchProcess):  # it may have been given up meanwhile
            victim.resume()
        since = time.monotonic()
        eventually(lambda: crowd.sold_since(since), f"a sale after frozen {target}")
        self.times.setdefault(f"frozen {target}", []).append(time.monotonic() - since)

    def cut_power(self, disk: Disk, crowd: Crowd) -> None:
        """Cut the power of the disk below the data directory, and of all processes. Then somebody turns it on again."""
        family = [psutil.Process(self.service.process.pid), *self.service.household()]
        for worker in workers_of(the_child(self.service, "http")):
            worker.suspend()  # a machine that is off answers nobody
        disk.cut()
        for process in family:
            with suppress(psutil.NoSuchProcess):
                process.kill()
        self._open.close()
        disk.restore()
        since = time.monotonic()
        self.start()
        eventually(lambda: crowd.sold_since(since), "a sale after the power is back")
        self.times.setdefault("the power is back", []).append(time.monotonic() - since)

    def _kill_serve(self, victim: psutil.Process) -> None:
        """Kill the parent of all. Its stores have to go, too; then somebody starts it again."""
        family = self.service.household()
        victim.kill()
        for left in remaining(family):
            self.trial.violated("a process was left behind", process=left.cmdline())
        self._open.close()
        self.start()

    def _victim(self, target: str) -> psutil.Process:
        found: list[psutil.Process] = eventually(lambda: self._candidates(target), target)
        return self.choices.choice(found)

    def _candidates(self, target: str) -> list[psutil.Process]:
        """Return the processes of a kind; none where some of them are missing."""
        service = self.service
        if target == "worker":
            workers = workers_of(the_child(service, "http"))
            return workers if len(workers) == 2 else []
        if target == "backend":
            return self._backends()
        one: dict[str, Callable[[], psutil.Process | None]] = {
            "serve": lambda: psutil.Process(service.process.pid),
            "http": lambda: service.child("http"),
            "background worker": lambda: service.child("worker"),
            "postgres": lambda: service.store("postgres"),
            "valkey": lambda: service.store("valkey-server"),
        }
        found = one[target]()
        return [found] if found else []

    def _backends(self) -> list[psutil.Process]:
        found = []
        with suppress(psutil.Error):
            for process in the_store(self.service, "postgres").children():
                with suppress(psutil.Error):
                    if "[local]" in " ".join(process.cmdline()):
                        found.append(process)
        return found

    def _back(self, target: str, struck: float) -> float:
        """Return when the counting begins: for a store when it accepts again, for others when they were killed."""
        if target in ("postgres", "backend"):
            eventually(lambda: asyncio.run(_accepts(self.addresses()["database_url"])), "Postgres")
            return time.monotonic()
        if target == "valkey":
            eventually(lambda: _answers(self.addresses()["redis_url"]), "Valkey")
            return time.monotonic()
        return struck


async def _accepts(url: str) -> bool:
    try:
        await (await asyncpg.connect(url, timeout=5)).close()
    except (OSError, TimeoutError, asyncpg.PostgresError):
        return False
    return True


def _answers(url: str) -> bool:
    try:
        with Redis.from_url(url, socket_timeout=5) as client:
            return bool(client.ping())
    except (RedisError, OSError):
        return False
