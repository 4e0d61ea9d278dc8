"""What only real connections show: `booked serve` and clients that are broken, hostile or very many."""

import json
import re
import resource
import socket
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from booked import connections
from tests.running import PATIENCE, Serving, serving
from tests.servers import fresh_directory

CROWD = 1_500
HELLO = b"GET /health/ HTTP/1.1\r\nHost: booked\r\nConnection: close\r\n\r\n"
LOGIN = b"POST /user/login/ HTTP/1.1\r\nHost: booked\r\nContent-Type: application/json\r\n"
HIDDEN = b"GET /openapi.json HTTP/1.1\r\nHost: booked\r\n\r\n"


@pytest.fixture(scope="module")
def service() -> Iterator[Serving]:
    with fresh_directory() as directory, serving(directory, "--no-worker") as service:
        yield service


def exchange(service: Serving, sent: bytes) -> list[tuple[int, str | None]]:
    """The status and the error code of every answer to these bytes, until the server closes the connection."""
    with socket.create_connection(("127.0.0.1", service.port), timeout=PATIENCE) as client:
        client.sendall(sent)
        received = b"".join(iter(lambda: client.recv(65_536), b""))
    answers = re.findall(rb"HTTP/1\.1 (\d+) .*?\r\n\r\n(.*?)(?=HTTP/1\.1 |\Z)", received, re.DOTALL)
    return [(int(status), json.loads(body).get("code") if body else None) for status, body in answers]


def is_open(client: socket.socket) -> bool:
    client.setblocking(False)
    try:
        return client.recv(1) != b""
    except BlockingIOError:
        return True
    except ConnectionError:
        return False


def test_a_crowd_of_idle_clients_keeps_nobody_out(service: Serving) -> None:
    with ExitStack() as crowd:
        crowd.callback(resource.setrlimit, resource.RLIMIT_NOFILE, resource.getrlimit(resource.RLIMIT_NOFILE))
        if connections.connections() < CROWD:
            pytest.skip("this system does not let us open enough files")
        idle = [crowd.enter_context(socket.create_connection(("127.0.0.1", service.port))) for _ in range(CROWD)]

        answers = exchange(service, HELLO)

        assert answers == [(200, None)]
        assert is_open(idle[-1])  # idle connections are closed after ten seconds


@pytest.mark.parametrize(
    ("limits", "expected"),
    [
        ((1_024, 1_048_576), connections.CONNECTIONS_MOST),
        ((resource.RLIM_INFINITY, resource.RLIM_INFINITY), connections.CONNECTIONS_MOST),
        ((1_024, 2_048), 2_048 - connections.OTHER_FILES),
        ((1_024, 1_024), 1_024 - connections.OTHER_FILES),
        ((256, 256), 128),
    ],
)
def test_as_many_clients_connect_as_there_are_files(
    limits: tuple[int, int], expected: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [limits]
    monkeypatch.setattr(resource, "getrlimit", lambda _: now[-1])
    monkeypatch.setattr(resource, "setrlimit", lambda _, raised: now.append(raised))

    assert connections.connections() == expected


def test_a_system_that_gives_no_more_files_is_lived_with(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: int, __: tuple[int, int]) -> None:
        raise ValueError("not allowed to raise maximum limit")

    monkeypatch.setattr(resource, "getrlimit", lambda _: (1_024, resource.RLIM_INFINITY))
    monkeypatch.setattr(resource, "setrlimit", refuse)

    assert connections.connections() == 1_024 - connections.OTHER_FILES


@pytest.mark.parametrize(
    "chunks", [b"zz\r\n{\r\n0\r\n\r\n", b"-1\r\n{\r\n0\r\n\r\n", b"f" * 17 + b"\r\n{\r\n0\r\n\r\n"]
)
def test_chunks_that_make_no_sense_are_refused_at_once(service: Serving, chunks: bytes) -> None:
    assert exchange(service, LOGIN + b"Transfer-Encoding: chunked\r\n\r\n" + chunks) == [(400, "SYS-01")]


@pytest.mark.parametrize(
    "lengths",
    [
        b"Content-Length: 6\r\nTransfer-Encoding: chunked",
        b"Transfer-Encoding: chunked\r\nContent-Length: 4",
        b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity",
        b"Transfer-Encoding: xchunked",
        b"Transfer-Encoding: \x0bchunked",
        b"Content-Length: 2\r\nContent-Length: 3",
        b"Content-Length: +2",
    ],
)
def test_no_request_hides_in_the_body_of_another(service: Serving, lengths: bytes) -> None:
    answers = exchange(service, LOGIN + lengths + b"\r\n\r\n0\r\n\r\n" + HIDDEN)

    assert [status for status, _ in answers] == [400]


@pytest.mark.parametrize(
    "sent",
    [
        b"POST /ticket/reserve/ HTTP/1.1\r\nHost: booked\r\nContent-Length: %d\r\n\r\n" % len(HIDDEN) + HIDDEN + HELLO,
        b"GET /user/bookings/ HTTP/1.1\r\nHost: booked\r\nContent-Length: %d\r\n\r\n" % len(HIDDEN) + HIDDEN + HELLO,
    ],
)
def test_a_body_that_nobody_read_is_not_taken_for_the_next_request(service: Serving, sent: bytes) -> None:
    assert exchange(service, sent) == [(401, "USER-06"), (200, None)]


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"GET /" + b"a" * 100_000 + b" HTTP/1.1\r\n\r\n", 414),
        (b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 1_000 + b"\r\n", 431),
        (b"GET / HTTP/1.1\r\nX: " + b"y" * 600_000 + b"\r\n\r\n", 431),
        (b"GET / HTTP/1.1\r\nX : y\r\n\r\n", 400),
        (b"\x16\x03\x01\x00\xa5\x01\x00\x00\xa1\x03\x03" + b"\0" * 200, 400),
    ],
)
def test_what_is_not_http_or_too_much_of_it_is_refused(service: Serving, sent: bytes, status: int) -> None:
    with socket.create_connection(("127.0.0.1", service.port), timeout=PATIENCE) as client:
        client.sendall(sent)

        assert client.recv(65_536).startswith(b"HTTP/1.1 %d " % status)
