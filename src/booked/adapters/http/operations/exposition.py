"""The text of `/metrics`: the counts of this process, or of all processes sharing a directory."""

import asyncio
import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
from prometheus_client import REGISTRY, CollectorRegistry, generate_latest
from prometheus_client.mmap_dict import MmapedDict
from prometheus_client.multiprocess import MultiProcessCollector

from booked.adapters.http.operations.counting import hand_over

FRESH_FOR = 5.0  # seconds
NOBODY = "0"  # stands for the process id in the name of the file that keeps the counts of processes that ended


class Exposition:
    """Makes the text for one reader at a time, and shows it to all others for some seconds."""

    def __init__(self) -> None:
        self._text = b""
        self._stale_at = 0.0
        self._making = asyncio.Lock()

    async def total(self, name: str) -> float:
        """Return the sum of a metric's values, 0 where nothing was counted yet."""
        lines = (await self.text()).decode().splitlines()
        return sum(float(line.rpartition(" ")[2]) for line in lines if line.partition(" ")[0].partition("{")[0] == name)

    async def text(self) -> bytes:
        async with self._making:
            if time.monotonic() >= self._stale_at:
                hand_over()  # here, where requests are counted, and not in the thread
                self._text = await asyncio.to_thread(exposition)
                self._stale_at = time.monotonic() + FRESH_FOR
        return self._text


def exposition() -> bytes:
    """Return all metrics as text. If several processes share a directory of metrics, those of all of them."""
    directory = os.environ.get("PROMETHEUS_MULTIPROC_DIR")
    if not directory:
        return generate_latest(REGISTRY)
    with _alone_in(Path(directory)):
        fold_ended(Path(directory))
        registry = CollectorRegistry()
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
        return generate_latest(registry)


def fold_ended(directory: Path) -> None:
    """Add up the counts of processes that ended, and remove their files: a counter must not go back."""
    for path in sorted(directory.glob("*.db")):
        kind, _, process = path.stem.rpartition("_")
        if process == NOBODY or psutil.pid_exists(int(process)):
            continue
        kept = MmapedDict(str(directory / f"{kind}_{NOBODY}.db"))  # type: ignore[no-untyped-call]
        for key, value, timestamp, _ in MmapedDict.read_all_values_from_file(str(path)):  # type: ignore[no-untyped-call]
            before, _ = kept.read_value(key)  # type: ignore[no-untyped-call]
            together = max(before, value) if kind.startswith("gauge") else before + value
            kept.write_value(key, together, timestamp)  # type: ignore[no-untyped-call]
        kept.close()  # type: ignore[no-untyped-call]
        path.unlink()


@contextmanager
def _alone_in(directory: Path) -> Iterator[None]:
    """Keep other processes from reading while files are folded: they would count some twice."""
    with (directory / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
