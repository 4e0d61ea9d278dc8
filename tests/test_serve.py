"""`booked serve`: a whole box office with one command, and what may befall it."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from threading import Event

import httpx
import psutil
import pytest
from redis import Redis

from booked.adapters.embedded.postgres import postgres
from booked.adapters.embedded.valkey import valkey
from booked.cli.http import PROVEN_AFTER
from booked.cli.signals import STOP_SIGNALS, StopSignals
from tests.running import PATIENCE, Serving, booked, environment, eventually, free_port, is_alive, remaining, serving
from tests.servers import fresh_directory

ADMIN = {"email": "admin@example.com", "password": "correct horse"}
ADMIN_SETTINGS = {"BOOKED_ADMIN_EMAIL": ADMIN["email"], "BOOKED_ADMIN_PASSWORD": ADMIN["password"]}
ANN = {"name": "Ann", "email": "ann@example.com", "password": "battery staple"}
BEN = {"name": "Ben", "email": "ben@example.com", "password": "battery staple"}
SECRET = "s" * 32
SOMEWHEN = 2_000_000_000


@pytest.fixture(scope="module")
def service() -> Iterator[Serving]:
    """Open for all tests that leave it open."""
    with fresh_directory() as directory, serving(directory, settings=ADMIN_SETTINGS) as service:
        yield service


def logged_in(client: httpx.Client, who: dict[str, str]) -> dict[str, str]:
    """The header of somebody who has an account, if only from now on."""
    client.post("/user/register/", json={"name": "Somebody"} | who)
    answer = client.post("/user/login/", json={"email": who["email"], "password": who["password"]})
    assert answer.status_code == 200, answer.text
    return {"Authorization": f"Bearer {answer.json()['token']}"}


def an_event(client: httpx.Client, name: str, seats: int) -> str:
    """The id of an event that the admin puts on sale."""
    draft = {"name": name, "unix_time": SOMEWHEN, "address": "Here", "description": "", "seat_count": seats}
    assert client.post("/event/", json=draft, headers=logged_in(client, ADMIN)).status_code == 201
    events = client.get("/event/?limit=100").json()["events"]
    return next(str(event["id"]) for event in events if event["name"] == name)


def bookings(client: httpx.Client, headers: dict[str, str]) -> list[tuple[str, int]]:
    rows = client.get("/user/bookings/", headers=headers).json()
    return [(row["event_name"], row["number_of_tickets"]) for row in rows]


def test_a_visit_and_a_second_start_that_remembers_it(directory: Path) -> None:
    with serving(directory, settings=ADMIN_SETTINGS) as service, service.client() as client:
        event = an_event(client, "Concert", seats=2)
        assert client.post("/user/register/", json=ANN).status_code == 201
        ann = logged_in(client, ANN)

        reserved = client.post("/ticket/reserve/", json={"event_id": event, "count": 2}, headers=ann)
        booked_ = client.post("/ticket/book/", json=reserved.json(), headers=ann)

        assert (reserved.status_code, booked_.status_code) == (200, 200)
        assert bookings(client, ann) == [("Concert", 2)]
        ben = logged_in(client, BEN)
        waits = client.post("/waitlist/add/", json={"event_id": event, "count": 1}, headers=ben)
        assert waits.status_code == 200

        cancelled = client.post("/ticket/cancel/", json={"event_id": event, "count": 1}, headers=ann)

        assert cancelled.status_code == 200
        assert bookings(client, ann) == [("Concert", 1)]
        # The worker offers Ben what Ann gave back.
        offered = eventually(
            lambda: tickets if (tickets := client.get("/waitlist/", headers=ben).json()[0].get("ticket_ids")) else None,
            "an offer",
        )
        assert client.post("/ticket/book/", json={"ticket_ids": offered}, headers=ben).status_code == 200
        assert service.stop() == 0

    with serving(directory) as service, service.client() as client:
        assert bookings(client, ann) == [("Concert", 1)]
        assert bookings(client, ben) == [("Concert", 1)]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_stops_everything_and_nothing_stays(directory: Path, number: signal.Signals) -> None:
    with serving(directory) as service:
        everybody = service.household()
        commands = " ".join(" ".join(process.cmdline()) for process in everybody)
        assert all(name in commands for name in ("postgres", "valkey-server", "booked http", "booked worker"))

        status = service.stop(number)

        assert status == 0
        assert not [process for process in everybody if is_alive(process)]
        assert "Traceback" not in service.log.read_text()


# Three workers that never finish loading, and a drain timeout that no test would outlast.
LOADING = """
import sys, time
from pathlib import Path
from booked.cli import http
from booked.settings import Settings

def load():
    Path(sys.argv[1], f"loading-{time.monotonic_ns()}").touch()
    time.sleep(3600)

http.serve(Settings.from_env({"BOOKED_PORT": sys.argv[2], "BOOKED_WORKERS": "3", "BOOKED_DRAIN_TIMEOUT": "3600"}), load)
"""


def test_workers_that_are_still_loading_end_at_once(tmp_path: Path) -> None:
    """Else a stop in the first second would last until the drain timeout."""
    with subprocess.Popen([sys.executable, "-c", LOADING, str(tmp_path), str(free_port())]) as server:
        eventually(lambda: len(list(tmp_path.iterdir())) == 3, "three workers that load")

        server.terminate()

        try:
            assert server.wait(60) == 0
        finally:
            server.kill()


# A hook that makes the moment between a worker's fork and its own handlers long.
FORKED = (
    """
import os, sys, time
from pathlib import Path

def linger():
    Path(sys.argv[1], f"forked-{os.getpid()}").touch()
    time.sleep(1)

os.register_at_fork(after_in_child=linger)
"""
    + LOADING
)


def test_workers_that_were_forked_just_now_end_at_once(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", FORKED, str(tmp_path), str(free_port())]) as server:
        eventually(lambda: list(tmp_path.glob("forked-*")), "a worker")

        server.terminate()

        try:
            assert server.wait(60) == 0
        finally:
            server.kill()


def test_a_second_signal_changes_nothing_and_programs_started_meanwhile_are_not_deaf() -> None:
    before = {number: signal.getsignal(number) for number in STOP_SIGNALS}
    try:
        with StopSignals():
            with pytest.raises(KeyboardInterrupt):
                signal.raise_signal(signal.SIGTERM)

            signal.raise_signal(signal.SIGTERM)
            kills_itself = subprocess.run(["sh", "-c", "kill -TERM $$; echo deaf"], capture_output=True, check=False)

            assert (kills_itself.returncode, kills_itself.stdout) == (-signal.SIGTERM, b"")
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@pytest.mark.parametrize("sign", ["valkey.log", "postgres.log", "postgres/PG_VERSION", "jwt.secret"])
def test_a_signal_while_opening_stops_everything(directory: Path, sign: str) -> None:
    with opening(directory) as process:
        eventually((directory / ".booked" / sign).exists, f"opening has come to {sign}")

        process.send_signal(signal.SIGTERM)

        assert process.wait(PATIENCE) == 0
        assert not belonging_to(directory)


def test_sigterm_lets_requests_under_way_finish(directory: Path) -> None:
    with serving(directory) as service, ExitStack() as stack:
        requests = [stack.enter_context(HalfARequest(service.port, f"guest{n}@example.com")) for n in range(20)]

        service.process.send_signal(signal.SIGTERM)
        eventually(lambda: not accepts_connections(service.port), "closing")
        answers = [request.finish() for request in requests]

        assert answers == [b"HTTP/1.1 201 Created"] * 20
        assert service.stop() == 0


def test_requests_that_do_not_end_are_ended(directory: Path) -> None:
    with (
        serving(directory, settings={"BOOKED_DRAIN_TIMEOUT": "1", "BOOKED_BODY_TIMEOUT": "60"}) as service,
        HalfARequest(service.port, "ann@example.com"),
    ):
        assert service.stop() == 0


@pytest.mark.parametrize("command", ["http", "worker"])
def test_a_killed_child_is_replaced(service: Serving, command: str) -> None:
    killed = the_child(service, command)
    brood = killed.children(recursive=True)

    killed.kill()

    eventually(lambda: service.child(command) not in (killed, None), f"another {command}")
    assert not remaining(brood)
    with service.client() as client:
        assert eventually(lambda: answers(client), "an answer")


def test_a_killed_http_process_is_replaced_and_the_others_go_on(service: Serving) -> None:
    server = the_child(service, "http")
    killed, other = workers_of(server)

    killed.kill()

    eventually(lambda: len(workers_of(server)) == 2 and killed not in workers_of(server), "another process")
    assert other.is_running()
    assert server.is_running()
    with service.client() as client:
        assert eventually(lambda: answers(client), "an answer")


def test_a_worker_that_fails_again_and_again_does_not_take_the_others_along(service: Serving) -> None:
    server = the_child(service, "http")
    _, healthy = workers_of(server)
    # In its first seconds granian would end all of them.
    eventually(lambda: time.time() - healthy.create_time() > PROVEN_AFTER, "a worker that has proved itself")

    for _ in range(3):
        failing = eventually(lambda: [worker for worker in workers_of(server) if worker != healthy], "another worker")
        failing[0].kill()
        eventually(lambda: not is_alive(failing[0]), "its end")  # noqa: B023 - called at once
        assert healthy.is_running()

    eventually(lambda: len(workers_of(server)) == 2, "another worker")
    assert healthy in workers_of(server)
    assert the_child(service, "http") == server


def test_nothing_that_runs_outlives_a_killed_parent_and_the_next_start_works(directory: Path) -> None:
    with serving(directory, settings=ADMIN_SETTINGS) as service, service.client() as client:
        an_event(client, "Concert", seats=5)
        http, worker = the_child(service, "http"), the_child(service, "worker")
        stores = [the_store(service, "postgres"), the_store(service, "valkey-server")]
        brood = [http, worker, *stores, *http.children(recursive=True)]

        service.process.kill()

        assert not remaining(brood)
        with serving(directory) as again, again.client() as client_again:
            assert [event["name"] for event in client_again.get("/event/").json()["events"]] == ["Concert"]


def test_a_taken_port_is_told_before_anything_is_started(directory: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]

        refusal = booked("serve", f"--port={port}", f"--data-dir={directory / 'data'}")

    assert refusal.returncode == 1
    assert refusal.stderr == f"Error: Port {port} is taken: something listens there. Choose another one with --port.\n"
    assert not (directory / "data").exists()


def test_a_second_service_on_the_same_port_is_refused(service: Serving, directory: Path) -> None:
    refusal = booked("serve", f"--port={service.port}", f"--data-dir={directory / 'data'}")

    assert (refusal.returncode, refusal.stdout) == (1, "")
    assert "is taken" in refusal.stderr


def test_an_address_of_another_machine_is_refused(directory: Path) -> None:
    refusal = booked("serve", "--host=192.0.2.1", f"--port={free_port()}", f"--data-dir={directory / 'data'}")

    assert refusal.returncode == 1
    assert refusal.stderr.startswith("Error: Booked cannot listen on 192.0.2.1, port ")
    assert not (directory / "data").exists()


def test_a_first_admin_who_cannot_be_made_is_told_and_nothing_stays(directory: Path) -> None:
    refusal = booked(
        "serve",
        f"--port={free_port()}",
        f"--data-dir={directory}",
        settings=ADMIN_SETTINGS | {"BOOKED_ADMIN_PASSWORD": "short"},
    )

    assert refusal.returncode == 1
    assert refusal.stderr == "Error: BOOKED_ADMIN_…: The password is shorter than 8 characters.\n"
    assert not belonging_to(directory)


def test_stores_of_ones_own_need_a_secret(directory: Path) -> None:
    refusal = booked(
        "serve",
        f"--port={free_port()}",
        settings={"BOOKED_DATABASE_URL": "postgresql://127.0.0.1:1/x", "BOOKED_REDIS_URL": "redis://127.0.0.1:1"},
    )

    assert refusal.returncode == 1
    assert refusal.stderr.startswith("Error: BOOKED_JWT_SECRET must be set to at least 32 bytes")


@pytest.mark.parametrize("command", ["serve", "worker"])
def test_a_hold_store_that_may_drop_keys_is_refused(directory: Path, command: str) -> None:
    with postgres(directory, durable=False) as database_url, valkey(directory, durable=False) as redis_url:
        settings = own_stores(database_url, redis_url)
        assert booked("migrate", settings=settings).returncode == 0
        with Redis.from_url(redis_url) as client:
            client.config_set("maxmemory-policy", "volatile-ttl")

        refusal = booked(command, settings=settings | {"BOOKED_PORT": str(free_port())})

    assert refusal.returncode == 1
    assert "`maxmemory-policy volatile-ttl`" in refusal.stderr
    assert "Set it to noeviction" in refusal.stderr


def test_a_hold_store_that_is_away_is_a_db_error_until_it_is_back(directory: Path) -> None:
    with postgres(directory, durable=False) as database_url, ExitStack() as valkey_runs:
        redis_url = valkey_runs.enter_context(valkey(directory, durable=True))
        with serving(directory, settings=own_stores(database_url, redis_url)) as service, service.client() as client:
            event = an_event(client, "Concert", seats=4)
            ann = logged_in(client, ANN)
            assert reserve(client, event, ann).status_code == 200

            valkey_runs.close()

            refusal = reserve(client, event, ann)
            assert (refusal.status_code, refusal.json()["code"]) == (503, "DB-02")
            assert "retry-after" in refusal.headers
            assert client.get("/event/").status_code == 200  # the database alone can tell
            with valkey(directory, durable=True):
                assert eventually(lambda: reserve(client, event, ann).status_code == 200, "recovery")
                assert service.stop() == 0


def test_a_database_that_comes_late_is_waited_for(directory: Path) -> None:
    """Where it will be is known from an earlier start."""
    with postgres(directory, durable=False) as database_url:
        pass
    with valkey(directory, durable=False) as redis_url:
        settings = own_stores(database_url, redis_url)
        with serving(directory, settings=settings) as service, service.client() as client:
            refusal = client.post("/user/login/", json=ADMIN)
            assert (refusal.status_code, refusal.json()["category"]) == (503, "DB")
            assert client.get("/health/ready").status_code == 503

            with postgres(directory, durable=False):
                # The tables are made, and so is the admin.
                eventually(
                    lambda: client.post("/user/login/", json=ADMIN).status_code == 200, "the first admin's login"
                )
                assert client.get("/health/ready").status_code == 200
                assert service.stop() == 0


def test_processes_start_even_while_a_database_that_came_late_has_no_tables(directory: Path) -> None:
    with postgres(directory, durable=False) as database_url:
        pass
    with valkey(directory, durable=False) as redis_url:
        settings = own_stores(database_url, redis_url)
        with serving(directory, settings=settings) as service, service.client() as client:
            server = the_child(service, "http")
            service.process.send_signal(signal.SIGSTOP)  # it is the one who makes the tables

            with postgres(directory, durable=False):
                for worker in workers_of(server):
                    worker.kill()

                try:
                    eventually(lambda: answers(client), "an answer")
                finally:
                    service.process.send_signal(signal.SIGCONT)
                eventually(
                    lambda: client.post("/user/login/", json=ADMIN).status_code == 200, "the first admin's login"
                )
                assert service.child("http") == server
                assert service.stop() == 0


def book_or_start_over(client: httpx.Client, event: str, who: dict[str, str], reserved: dict[str, list[str]]) -> bool:
    """Whether it is booked. Under load a killed Valkey may forget what it was told in its last two seconds."""
    answer = client.post("/ticket/book/", json=reserved, headers=who)
    if answer.status_code == 400:
        answer = client.post("/ticket/book/", json=reserve(client, event, who).json(), headers=who)
    return answer.status_code == 200


@pytest.mark.parametrize(("store", "program"), [("valkey", "valkey-server"), ("postgres", "postgres")])
def test_an_embedded_store_that_is_killed_comes_back_and_the_sale_goes_on(
    directory: Path, store: str, program: str
) -> None:
    home = directory / ".booked" / store
    with serving(directory, settings=ADMIN_SETTINGS) as service, service.client() as client:
        event = an_event(client, "Concert", seats=3)
        ann, ben = logged_in(client, ANN), logged_in(client, BEN)
        reserved = reserve(client, event, ann).json()

        with moved_away(home):  # so that it is away until we have seen what that is like
            the_store(service, program).kill()
            eventually(lambda: client.get("/health/ready").status_code == 503, "absence")
            refusal = client.post("/ticket/book/", json=reserved, headers=ann)

        assert (refusal.status_code, refusal.json()["category"]) == (503, "DB")
        assert "retry-after" in refusal.headers
        eventually(lambda: book_or_start_over(client, event, ann, reserved), "recovery")
        for _ in range(2):
            assert client.post("/ticket/book/", json=reserve(client, event, ben).json(), headers=ben).status_code == 200
        assert reserve(client, event, ben).json()["code"] == "TICKET-01"
        assert bookings(client, ann) == [("Concert", 1)]
        assert bookings(client, ben) == [("Concert", 1)] * 2
        assert booked("verify", f"--data-dir={home.parent}").stdout == "Events: 1. Findings: 0.\n"
        everybody = service.household()
        assert service.stop() == 0
        assert not [process for process in everybody if is_alive(process)]
        assert not belonging_to(directory)


@pytest.mark.slow
def test_nothing_is_oversold_while_the_embedded_stores_are_killed_in_the_rush(directory: Path) -> None:
    """Six people book and cancel, on and on, what only three can have."""
    with serving(directory, settings=ADMIN_SETTINGS | {"BOOKED_HOLD_TTL": "5"}) as service, service.client() as client:
        event = an_event(client, "Concert", seats=3)
        crowd = [logged_in(client, BEN | {"email": f"ben{number}@example.com"}) for number in range(6)]
        booked_so_far: list[str] = []
        enough = Event()

        with ThreadPoolExecutor(len(crowd)) as pool:
            visits = [pool.submit(book_and_cancel, service, event, ben, booked_so_far, enough) for ben in crowd]
            try:
                for program in ["valkey-server", "postgres"] * 3:
                    the_store(service, program).kill()
                    eventually(lambda: client.get("/health/ready").status_code == 200, "recovery")
                    before = len(booked_so_far)
                    eventually(lambda: len(booked_so_far) > before + 10, "the sale goes on")  # noqa: B023
            finally:
                enough.set()

        for visit in visits:
            visit.result()
        sold = sum(number for ben in crowd for _, number in bookings(client, ben))
        assert sold <= 3
        verify = ["verify", f"--data-dir={directory / '.booked'}"]
        eventually(lambda: booked(*verify).stdout == "Events: 1. Findings: 0.\n", "the stores agree")
        ann = logged_in(client, ANN)
        for _ in range(3 - sold):
            reserved = eventually(lambda: reserve(client, event, ann).json().get("ticket_ids"), "one that is not sold")
            assert client.post("/ticket/book/", json={"ticket_ids": reserved}, headers=ann).status_code == 200
        assert reserve(client, event, ann).json()["code"] == "TICKET-01"


def test_with_a_demo_there_is_something_to_see_and_its_logins_work(directory: Path) -> None:
    with serving(directory, "--demo") as service, service.client() as client:
        events = client.get("/event/?limit=100").json()["events"]
        assert len(events) >= 12
        assert [event["name"] for event in events if event["available_seats_count"] == 0]
        [row] = [row for row in service.output.read_text().splitlines() if "ada@example.com" in row]
        email, password = row.strip("│ ").split()[-2:]

        admin = logged_in(client, {"email": email, "password": password})

        figures = client.get("/analytics/", headers=admin).json()
        assert figures[0]["capacity_utilisation"] == 1.0
        rates = client.get("/analytics/cancellation_rates/", headers=admin).json()
        assert any(row["cancellation_rate"] > 0 for row in rates)


def test_the_counts_of_all_processes_are_told_by_each(service: Serving) -> None:
    with service.client() as client:
        event = an_event(client, "Counted", seats=10)
        ann = logged_in(client, ANN)
        before = metric(client, "booked_holds_total")

        with ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda _: reserve_on_a_new_connection(service, event, ann), range(8)))

        # What they tell may be some seconds old.
        for _ in range(8):
            eventually(lambda: metric_on_a_new_connection(service, "booked_holds_total") == before + 8, "the counts")
        assert metric(client, "booked_last_upkeep_timestamp_seconds") > time.time() - 60


def test_no_secret_is_logged(service: Serving) -> None:
    with service.client() as client:
        token = logged_in(client, ANN)["Authorization"].removeprefix("Bearer ")
        client.get(f"/event/?token={token}")

    eventually(lambda: "/event/" in service.log.read_text(), "the last request's line")
    told = service.log.read_text() + service.output.read_text()
    assert "/user/login/" in told
    assert not [secret for secret in (token, ANN["password"], ADMIN["password"]) if secret in told]


@pytest.mark.slow
def test_a_header_that_does_not_end_is_given_up(service: Serving) -> None:
    with socket.create_connection(("127.0.0.1", service.port), timeout=PATIENCE) as slow:
        slow.sendall(b"GET /health/ HTTP/1.1\r\nHost: booked\r\n")
        started = time.monotonic()

        slow.recv(1024)

        assert time.monotonic() - started > 8


@pytest.fixture(scope="module")
def impatient_house() -> Iterator[Serving]:
    """One that gives up on clients who read nothing for three seconds."""
    settings = {"BOOKED_WRITE_TIMEOUT": "3"}
    with fresh_directory() as directory, serving(directory, settings=settings) as service:
        yield service


def test_a_client_that_reads_nothing_is_given_up(impatient_house: Serving) -> None:
    with ExitStack() as stack:
        deaf = [stack.enter_context(asking_much(impatient_house)) for _ in range(10)]
        ports = {client.getsockname()[1] for client in deaf}

        eventually(lambda: not ports & connected_to(impatient_house), "the end of their connections")

        with impatient_house.client() as client:
            assert answers(client)


def test_a_client_that_reads_slowly_is_not_given_up(impatient_house: Serving) -> None:
    with asking_much(impatient_house) as slow:
        for _ in range(10):
            time.sleep(0.4)
            assert slow.recv(2**16)

        assert slow.getsockname()[1] in connected_to(impatient_house)


def asking_much(service: Serving) -> socket.socket:
    """A client that asks for more than fits between it and the server, and has room for little."""
    client = socket.socket()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2**16)
    client.connect(("127.0.0.1", service.port))
    client.sendall(b"GET /openapi.json HTTP/1.1\r\nHost: booked\r\n\r\n" * 10)
    return client


def connected_to(service: Serving) -> set[int]:
    """The ports of those whom the server takes for connected."""
    return {
        connection.raddr.port
        for connection in psutil.net_connections("tcp")
        if connection.status == psutil.CONN_ESTABLISHED
        and connection.laddr
        and connection.raddr
        and connection.laddr.port == service.port
    }


class HalfARequest:
    """A registration whose body is yet to come. That the server asked for it says that it is under way."""

    def __init__(self, port: int, email: str) -> None:
        self._body = f'{{"name": "Guest", "email": "{email}", "password": "battery staple"}}'.encode()
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
        self._socket.sendall(
            b"POST /user/register/ HTTP/1.1\r\nHost: booked\r\nContent-Type: application/json\r\n"
            b"Expect: 100-continue\r\nContent-Length: %d\r\n\r\n" % len(self._body)
        )
        assert self._socket.recv(1024).startswith(b"HTTP/1.1 100 ")

    def __enter__(self) -> "HalfARequest":
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def finish(self) -> bytes:
        """Send the rest; the answer's first line."""
        self._socket.sendall(self._body)
        return self._socket.recv(65536).partition(b"\r\n")[0]


@contextmanager
def opening(directory: Path) -> Iterator[subprocess.Popen[bytes]]:
    """`booked serve`, not open yet."""
    process = subprocess.Popen(
        [sys.executable, "-m", "booked", "serve", f"--port={free_port()}"],
        cwd=directory,
        env=environment({}),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        process.terminate()
        process.wait(30)


def belonging_to(directory: Path) -> list[psutil.Process]:
    """Processes that have to do with a directory: by their arguments or their settings."""
    found = []
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            if str(directory) in " ".join([*process.cmdline(), *process.environ().values()]):
                found.append(process)
    return [process for process in found if process.pid != os.getpid()]


def own_stores(database_url: str, redis_url: str) -> dict[str, str]:
    stores = {"BOOKED_DATABASE_URL": database_url, "BOOKED_REDIS_URL": redis_url}
    return ADMIN_SETTINGS | stores | {"BOOKED_JWT_SECRET": SECRET}


@contextmanager
def moved_away(home: Path) -> Iterator[None]:
    """No server can start there inside the block."""
    elsewhere = home.with_name("elsewhere")
    home.rename(elsewhere)
    try:
        yield
    finally:
        elsewhere.rename(home)


def accepts_connections(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


def answers(client: httpx.Client) -> bool:
    try:
        return client.get("/health/").status_code == 200
    except httpx.TransportError:
        return False


def workers_of(server: psutil.Process) -> list[psutil.Process]:
    return [process for process in server.children() if is_alive(process)]


def the_child(service: Serving, command: str) -> psutil.Process:
    child: psutil.Process = eventually(lambda: service.child(command), command)
    return child


def the_store(service: Serving, program: str) -> psutil.Process:
    store: psutil.Process = eventually(lambda: service.store(program), program)
    return store


def reserve(client: httpx.Client, event: str, headers: dict[str, str]) -> httpx.Response:
    return client.post("/ticket/reserve/", json={"event_id": event, "count": 1}, headers=headers)


def book_and_cancel(
    service: Serving, event: str, headers: dict[str, str], booked_so_far: list[str], enough: Event
) -> None:
    def insist(path: str, body: object) -> httpx.Response:
        while (answer := client.post(path, json=body, headers=headers)).status_code == 503:
            continue
        return answer

    with service.client() as client:
        while not enough.is_set():
            reserved = insist("/ticket/reserve/", {"event_id": event, "count": 1})
            if reserved.status_code == 200 and insist("/ticket/book/", reserved.json()).status_code == 200:
                booked_so_far.append(event)
                insist("/ticket/cancel/", {"event_id": event, "count": 1})


def reserve_on_a_new_connection(service: Serving, event: str, headers: dict[str, str]) -> None:
    with service.client() as client:
        assert reserve(client, event, headers).status_code == 200


def metric_on_a_new_connection(service: Serving, name: str) -> float:
    with service.client() as client:
        return metric(client, name)


def metric(client: httpx.Client, name: str) -> float:
    lines = client.get("/metrics").text.splitlines()
    return sum(float(line.split()[-1]) for line in lines if line.split(" ")[0].split("{")[0] == name)
