"""`booked serve` and its clients: what it counts, logs and puts up with."""

import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import pytest

from booked.pulse import BEAT, STILL
from tests.running import PATIENCE, Serving, eventually, serving
from tests.serve.visits import (
    ADMIN,
    ANN,
    an_event,
    answers,
    asking_much,
    connected_to,
    logged_in,
    metric,
    metric_on_a_new_connection,
    reserve,
    reserve_on_a_new_connection,
    the_child,
    workers_of,
)
from tests.servers import fresh_directory


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
        started = time.time() - 60
        # The worker begins when the stores answer, and its first round may end later than the requests above.
        eventually(lambda: metric(client, "booked_last_upkeep_timestamp_seconds") > started, "a round of upkeep")


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
    started = time.monotonic()
    with socket.create_connection(("127.0.0.1", service.port), timeout=PATIENCE) as slow:
        slow.sendall(b"GET /health/ HTTP/1.1\r\nHost: booked\r\n")

        slow.recv(1024)

        assert time.monotonic() - started > 8


@pytest.fixture(scope="module")
def impatient() -> Iterator[Serving]:
    """One that gives up on clients who read nothing for three seconds."""
    settings = {"BOOKED_WRITE_TIMEOUT": "3"}
    with fresh_directory() as directory, serving(directory, "--no-worker", settings=settings) as service:
        yield service


def test_a_client_that_reads_nothing_is_given_up(impatient: Serving) -> None:
    with ExitStack() as stack:
        deaf = [stack.enter_context(asking_much(impatient)) for _ in range(10)]
        ports = {client.getsockname()[1] for client in deaf}

        eventually(lambda: not ports & connected_to(impatient), "the end of their connections")

        with impatient.client() as client:
            assert answers(client)


def test_a_client_that_reads_slowly_is_not_given_up(impatient: Serving) -> None:
    with asking_much(impatient) as slow:
        for _ in range(10):
            time.sleep(0.4)
            assert slow.recv(2**16)

        assert slow.getsockname()[1] in connected_to(impatient)


def test_what_waited_in_processes_that_stood_still_is_not_done(service: Serving) -> None:
    with service.client() as client:
        event = an_event(client, "Frozen", seats=1)
        ann = logged_in(client, ANN)
        processes = workers_of(the_child(service, "http"))

        with ThreadPoolExecutor(1) as elsewhere, ExitStack() as frozen:
            for process in processes:
                process.suspend()
                frozen.callback(process.resume)
            waiting = elsewhere.submit(reserve, client, event, ann)
            time.sleep(STILL + 2 * BEAT)
            frozen.close()
            late = waiting.result()

        assert (late.status_code, late.json()["code"]) == (503, "SYS-09")
        eventually(lambda: reserve(client, event, ann).status_code == 200, "the next reservation")
