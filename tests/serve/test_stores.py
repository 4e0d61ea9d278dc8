"""`booked serve` and its stores: away, late, killed, refused."""

import signal
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from threading import Event

import httpx
import pytest
from redis import Redis

from booked.adapters.embedded import embedded_servers
from booked.adapters.embedded.postgres import postgres
from booked.adapters.embedded.valkey import valkey
from tests.running import PATIENCE, booked, eventually, free_port, is_alive, serving
from tests.serve.visits import (
    ADMIN,
    ADMIN_SETTINGS,
    ANN,
    BEN,
    an_event,
    answers,
    belonging_to,
    book_and_cancel,
    bookings,
    logged_in,
    moved_away,
    own_stores,
    reserve,
    the_child,
    the_store,
    workers_of,
)

WAITS = "Booked opens as soon as it does"


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


@pytest.mark.parametrize("away", [["postgres"], ["valkey"], ["postgres", "valkey"]], ids="-".join)
def test_booked_opens_when_its_stores_answer_and_says_until_then_what_is_missing(
    directory: Path, away: list[str]
) -> None:
    """Where they will be is known from an earlier start."""
    stores = {"postgres": postgres, "valkey": valkey}
    with postgres(directory, durable=False) as database_url, valkey(directory, durable=False) as redis_url:
        pass
    settings = own_stores(database_url, redis_url)
    with ExitStack() as running:
        for store in stores.keys() - set(away):
            running.enter_context(stores[store](directory, durable=False))
        with serving(directory, settings=settings, says=WAITS) as service, service.client() as client:
            eventually(lambda: answers(client), "an answer")
            ready = client.get("/health/ready")
            assert (client.get("/health/live").status_code, ready.status_code) == (200, 503)
            assert ready.json()["stores"] == {"database": "postgres" not in away, "holds": "valkey" not in away}
            assert "Booked is open" not in service.output.read_text()
            assert service.log.read_text().count(WAITS) == service.log.read_text().count("warning") == 1
            assert f"{'Postgres' if 'postgres' in away else 'Valkey'} cannot be used" in service.log.read_text()
            assert service.child("worker") is None  # it would only complain as well

            for store in away:
                running.enter_context(stores[store](directory, durable=False))

            # The tables are made, and so is the admin.
            eventually(lambda: "Booked is open" in service.output.read_text(), "opening")
            assert client.post("/user/login/", json=ADMIN).status_code == 200
            assert client.get("/health/ready").status_code == 200
            assert is_alive(the_child(service, "worker"))
            assert service.stop() == 0


def test_what_waiting_does_not_mend_ends_booked_with_a_sentence(directory: Path) -> None:
    with postgres(directory, durable=False) as database_url:
        with valkey(directory, durable=False) as redis_url:
            pass
        with serving(directory, settings=own_stores(database_url, redis_url), says=WAITS) as service:
            service.process.send_signal(signal.SIGSTOP)
            with valkey(directory, durable=False), Redis.from_url(redis_url) as client:
                client.config_set("maxmemory-policy", "volatile-ttl")
                service.process.send_signal(signal.SIGCONT)
                assert service.process.wait(PATIENCE) == 1
        assert "Set it to noeviction" in service.log.read_text()
        assert "Traceback" not in service.log.read_text()


def test_processes_start_even_while_a_database_that_came_late_has_no_tables(directory: Path) -> None:
    with postgres(directory, durable=False) as database_url:
        pass
    with valkey(directory, durable=False) as redis_url:
        settings = own_stores(database_url, redis_url)
        with (
            serving(directory, "--workers=2", settings=settings, says=WAITS) as service,
            service.client() as client,
        ):
            server = the_child(service, "http")
            eventually(lambda: answers(client), "an answer")
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


def test_the_sale_goes_on_when_the_command_ends_whose_embedded_stores_it_used(directory: Path) -> None:
    with ExitStack() as command:
        command.enter_context(embedded_servers(directory / ".booked"))
        with serving(directory, settings=ADMIN_SETTINGS) as service, service.client() as client:
            event = an_event(client, "Concert", seats=3)
            ann = logged_in(client, ANN)
            reserved = reserve(client, event, ann).json()
            assert service.store("postgres") is None  # the command has it

            command.close()

            eventually(lambda: client.post("/ticket/book/", json=reserved, headers=ann).status_code == 200, "a sale")
            assert service.store("postgres")
            assert booked("verify", f"--data-dir={directory / '.booked'}").stdout == "Events: 1. Findings: 0.\n"
            assert service.log.read_text().count("this one runs them now") == 1
            everybody = service.household()
            assert service.stop() == 0
        assert not [process for process in everybody if is_alive(process)]


@pytest.mark.slow
def test_nothing_is_oversold_while_the_embedded_stores_are_killed_in_the_rush(directory: Path) -> None:
    """Six people book and cancel, on and on, what only three can have."""
    settings = ADMIN_SETTINGS | {"BOOKED_HOLD_TTL": "5"}
    with serving(directory, "--workers=2", settings=settings) as service, service.client() as client:
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
