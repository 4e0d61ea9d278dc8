"""`booked serve`: a whole box office with one command, and what may befall it."""

import signal
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

import psutil
import pytest

from booked.cli.counts import place_for_counts
from booked.cli.http import PROVEN_AFTER
from booked.cli.signals import STOP_SIGNALS, StopSignals
from tests.running import PATIENCE, Serving, booked, eventually, free_port, is_alive, remaining, serving
from tests.serve.visits import (
    ADMIN_SETTINGS,
    ANN,
    BEN,
    HalfARequest,
    accepts_connections,
    an_event,
    answers,
    belonging_to,
    bookings,
    logged_in,
    opening,
    the_child,
    the_store,
    workers_of,
)


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


# An application that notes in a file which process has made it.
NOTED = """
import os, sys
from booked.cli import http
from booked.settings import Settings

async def application(scope, receive, send):
    assert scope["type"] == "lifespan"
    for name in ("startup", "shutdown"):
        await receive()
        await send({"type": f"lifespan.{name}.complete"})

def make():
    with open(sys.argv[1], "a") as made:
        print(os.getpid(), file=made)
    return application

http.serve(Settings.from_env({"BOOKED_PORT": sys.argv[2], "BOOKED_WORKERS": "2"}), make)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="processes are forked on Linux only")
def test_an_application_is_made_once_and_not_by_each_worker(tmp_path: Path) -> None:
    made = tmp_path / "made"
    with subprocess.Popen([sys.executable, "-c", NOTED, str(made), str(free_port())]) as process:
        try:
            server = psutil.Process(process.pid)
            killed, _ = eventually(lambda: two_workers_of(server), "two workers")

            killed.kill()

            eventually(lambda: killed not in workers_of(server) and two_workers_of(server), "another worker")
            process.terminate()
            assert process.wait(PATIENCE) == 0
        finally:
            process.kill()
    assert made.read_text() == f"{process.pid}\n"


@pytest.mark.skipif(sys.platform != "linux", reason="workers start at once on Linux only")
def test_a_worker_killed_twice_soon_after_a_start_does_not_take_the_others_along(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", NOTED, str(tmp_path / "made"), str(free_port())]) as process:
        try:
            server = psutil.Process(process.pid)
            victim, other = eventually(lambda: two_workers_of(server), "two workers")
            for _ in range(2):
                victim.kill()
                victim.wait(PATIENCE)
                [victim] = eventually(lambda: set(two_workers_of(server)) - {other}, "another worker")
                time.sleep(PROVEN_AFTER)

            assert process.poll() is None
            assert other.is_running()
            process.terminate()
            assert process.wait(PATIENCE) == 0
        finally:
            process.kill()


# Workers that fail while they start.
FAILING = """
import sys
from booked.cli import http
from booked.settings import Settings

async def application(scope, receive, send):
    await receive()
    await send({"type": "lifespan.startup.failed", "message": "this application does not start"})

http.serve(Settings.from_env({"BOOKED_PORT": sys.argv[1], "BOOKED_WORKERS": sys.argv[2]}), lambda: application)
"""


@pytest.mark.parametrize("workers", ["1", "4"])
def test_a_server_whose_workers_all_fail_at_their_start_ends(workers: str) -> None:
    with subprocess.Popen([sys.executable, "-c", FAILING, str(free_port()), workers]) as server:
        try:
            assert server.wait(PATIENCE) == 1
        finally:
            server.kill()


def two_workers_of(server: psutil.Process) -> list[psutil.Process]:
    workers = workers_of(server)
    return workers if len(workers) == 2 else []


# Three workers that never finish loading, and a drain timeout that no test would outlast.
LOADING = """
import os, sys, time
from pathlib import Path
from booked.cli import http
from booked.settings import Settings

server = os.getpid()

def load(application):
    if os.getpid() != server:
        Path(sys.argv[1], f"loading-{os.getpid()}").touch()
        time.sleep(3600)

http._load = load
http.serve(Settings.from_env({"BOOKED_PORT": sys.argv[2], "BOOKED_WORKERS": "3", "BOOKED_DRAIN_TIMEOUT": "3600"}), None)
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
    with serving(directory, "--workers=2", "--no-worker") as service, ExitStack() as stack:
        requests = [stack.enter_context(HalfARequest(service.port, f"guest{n}@example.com")) for n in range(20)]

        service.process.send_signal(signal.SIGTERM)
        eventually(lambda: not accepts_connections(service.port), "closing")
        answers = [request.finish() for request in requests]

        assert answers == [b"HTTP/1.1 201 Created"] * 20
        assert service.stop() == 0


def test_requests_that_do_not_end_are_ended(directory: Path) -> None:
    with (
        serving(
            directory, "--no-worker", settings={"BOOKED_DRAIN_TIMEOUT": "1", "BOOKED_BODY_TIMEOUT": "60"}
        ) as service,
        HalfARequest(service.port, "ann@example.com"),
    ):
        assert service.stop() == 0


def test_sigterm_ends_streams_at_once(directory: Path) -> None:
    with (
        serving(directory, "--no-worker", settings=ADMIN_SETTINGS | {"BOOKED_DRAIN_TIMEOUT": "3600"}) as service,
        service.client() as client,
    ):
        event = an_event(client, "Concert", seats=2)
        with client.stream("GET", f"/api/v1/events/{event}/live/") as stream:
            lines = stream.iter_lines()
            assert next(lines).startswith("retry: ")

            service.process.send_signal(signal.SIGTERM)

            assert "event: count" in list(lines), "it ends as it should, with all that was sent"
        assert service.stop() == 0


@pytest.mark.parametrize("command", ["http", "worker"])
def test_children_count_where_no_disk_can_be_full(service: Serving, command: str) -> None:
    directory = Path(the_child(service, command).environ()["PROMETHEUS_MULTIPROC_DIR"])

    assert directory.is_dir()
    assert directory.parent == (place_for_counts() or Path(tempfile.gettempdir()))


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
    # In its first seconds granian would end all of them. When it began is known to a second only.
    eventually(lambda: time.time() - healthy.create_time() > PROVEN_AFTER + 1, "a worker that has proved itself")

    for _ in range(3):
        failing = eventually(lambda: [worker for worker in workers_of(server) if worker != healthy], "another worker")
        failing[0].kill()
        eventually(lambda: not is_alive(failing[0]), "its end")  # noqa: B023 - called at once
        assert healthy.is_running()

    eventually(lambda: len(workers_of(server)) == 2, "another worker")
    assert healthy in workers_of(server)
    assert the_child(service, "http") == server


def test_nothing_that_runs_outlives_a_killed_parent_and_the_next_start_works(directory: Path) -> None:
    with serving(directory, "--workers=2", settings=ADMIN_SETTINGS) as service, service.client() as client:
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
