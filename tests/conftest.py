"""Fixtures for all tests. Each worker of pytest-xdist has servers of its own."""

import asyncio
import gc
import logging
import os
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from pathlib import Path

import pytest
import structlog
from hypothesis import settings
from redis import Redis

from tests.clusters import Cluster, a_cluster
from tests.guards import Guards
from tests.servers import Servers, fresh_directory, running_servers
from tests.warmth import LOOP

# How long an example takes says how busy the machine is, and nothing about the code.
settings.register_profile("booked", deadline=None)
settings.load_profile("booked")

# What takes more than twenty seconds of a core. One worker begins with all tests of a place: they share what it opens.
LONG = (
    "tests/browser/",
    "tests/serve/",
    "tests/protocol/",
    "tests/seeds/",
    "tests/test_seed.py",
    "tests/test_cli.py",
    "tests/http/test_fuzz.py",
    "tests/adapters/test_embedded.py",
    "tests/services/sale/test_sale_machine.py",
)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put long tests before others, in each worker's share, so that no worker is left with one of them at the end.

    pytest-xdist first gives each worker as many tests as the others, in this order.
    """
    workers = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    shares: list[list[pytest.Item]] = [[] for _ in range(workers)]
    others = list(items)
    for turn, place in enumerate(LONG):
        shares[turn % workers] += [item for item in others if item.nodeid.startswith(place)]
        others = [item for item in others if not item.nodeid.startswith(place)]
    for share in shares:
        room = max(len(items) // workers - len(share), 0)
        share.extend(others[:room])
        del others[:room]
    items[:] = [item for share in [*shares, others] for item in share]


def pytest_collection_finish() -> None:
    """Let the search for cycles pass over what was collected: it stays, and going through it takes 0.3 seconds."""
    gc.collect()
    gc.freeze()


def pytest_asyncio_loop_factories(item: pytest.Item) -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    """Give tests a loop on which connections stay warm, but not those that share a loop of their own."""
    marker = item.get_closest_marker("asyncio")
    shared = marker is not None and marker.kwargs.get("loop_scope") not in (None, "function")
    return {"new": asyncio.new_event_loop} if shared else {"warm": LOOP.lend}


def pytest_unconfigure() -> None:
    LOOP.end()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Name the tests that were left out for want of a browser or a pooler."""
    skipped = terminalreporter.stats.get("skipped", [])
    for kind, place in (("browser", "tests/browser/"), ("pooler", "tests/adapters/postgres/test_pooler.py")):
        left_out = [report for report in skipped if report.nodeid.startswith(place)]
        if left_out:
            terminalreporter.section(f"{kind} tests left out")
            for report in left_out:
                terminalreporter.line(report.nodeid)
            terminalreporter.line(str(left_out[0].longrepr[-1]))


@pytest.fixture(autouse=True)
def _logging_as_it_was() -> Iterator[None]:
    """Undo what commands configure. Loggers that others have made before keep their list of processors, so it stays."""
    root, configured = logging.getLogger(), structlog.get_config()
    level, handlers = root.level, root.handlers[:]
    yield
    root.setLevel(level)
    root.handlers[:] = handlers
    structlog.configure(**configured)


@pytest.fixture(scope="session")
def servers() -> Iterator[Servers]:
    with running_servers() as servers:
        yield servers


@pytest.fixture
def directory() -> Iterator[Path]:
    """For servers to live in; other files may as well be in `tmp_path`."""
    with fresh_directory() as directory:
        yield directory


@pytest.fixture
def guards(monkeypatch: pytest.MonkeyPatch) -> Guards:
    return Guards(monkeypatch)


@pytest.fixture(scope="session")
def running_cluster() -> Iterator[Cluster]:
    with fresh_directory() as directory, a_cluster(directory) as cluster:
        yield cluster


@pytest.fixture
def cluster(running_cluster: Cluster) -> Cluster:
    """A Valkey Cluster of three primaries and three replicas, without any key."""
    running_cluster.mend()
    running_cluster.flush()
    return running_cluster


@pytest.fixture
async def database_url(servers: Servers, request: pytest.FixtureRequest) -> AsyncIterator[str]:
    """A migrated, empty database of the test's own."""
    own = request.node.get_closest_marker("own_database")
    async with servers.own_database() if own else servers.fresh_database() as url:
        yield url


@pytest.fixture
def redis_url(servers: Servers) -> str:
    """An empty Valkey."""
    with Redis.from_url(servers.redis_url) as client:
        client.flushall()
    return servers.redis_url
