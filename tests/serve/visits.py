"""A running `booked serve`: how it is opened, visited and looked at from outside."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Event

import httpx
import psutil

from tests.running import PATIENCE, Serving, environment, eventually, free_port, is_alive

ADMIN = {"email": "admin@example.com", "password": "correct horse"}
ADMIN_SETTINGS = {"BOOKED_ADMIN_EMAIL": ADMIN["email"], "BOOKED_ADMIN_PASSWORD": ADMIN["password"]}
ANN = {"name": "Ann", "email": "ann@example.com", "password": "battery staple"}
BEN = {"name": "Ben", "email": "ben@example.com", "password": "battery staple"}
SECRET = "s" * 32
SOMEWHEN = 2_000_000_000


def logged_in(client: httpx.Client, who: dict[str, str]) -> dict[str, str]:
    """The header of somebody who has an account, if only from now on."""
    client.post("/user/register/", json={"name": "Somebody"} | who)
    answer = client.post("/user/login/", json={"email": who["email"], "password": who["password"]})
    assert answer.status_code == 200, answer.text
    return {"Authorization": f"Bearer {answer.json()['token']}"}


def an_event(client: httpx.Client, name: str, seats: int) -> str:
    """The id of an event that the admin puts on sale."""
    draft = {"name": name, "unix_time": SOMEWHEN, "address": "Here", "description": "Loud", "seat_count": seats}
    assert client.post("/event/", json=draft, headers=logged_in(client, ADMIN)).status_code == 201
    events = client.get("/event/?limit=100").json()["events"]
    return next(str(event["id"]) for event in events if event["name"] == name)


def bookings(client: httpx.Client, headers: dict[str, str]) -> list[tuple[str, int]]:
    rows = client.get("/user/bookings/", headers=headers).json()
    return [(row["event_name"], row["number_of_tickets"]) for row in rows]


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
