"""Two machines: `booked serve` on directories of their own, which share nothing but the two stores."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from itertools import cycle
from pathlib import Path

import httpx
from redis import Redis

from booked.adapters.embedded.postgres import postgres
from booked.adapters.embedded.valkey import valkey
from booked.domain.model.ids import TicketId, number_of
from tests.running import booked, serving
from tests.serve.visits import an_event, logged_in, own_stores, reserve

SEATS = 20
BUYERS = 4


def a_buyer(number: int) -> dict[str, str]:
    return {"name": f"Buyer {number}", "email": f"buyer{number}@example.com", "password": "battery staple"}


def buy_until_sold_out(machines: Sequence[httpx.Client], event: str, headers: dict[str, str]) -> list[int]:
    """Reserve on one machine, book on the next, and so on. Return the numbers of the tickets that were booked."""
    bought: list[int] = []
    turns = cycle(machines)
    while True:
        reserved = reserve(next(turns), event, headers)
        if reserved.status_code == 400:
            assert reserved.json()["code"] == "TICKET-01"
            return bought
        assert reserved.status_code == 200, reserved.text
        assert next(turns).post("/ticket/book/", json=reserved.json(), headers=headers).status_code == 200
        bought += [number_of(TicketId(ticket)) for ticket in reserved.json()["ticket_ids"]]
        next(turns)  # begin on the other one


def seats_left(client: httpx.Client, event: str) -> int:
    [row] = [row for row in client.get("/event/?limit=100").json()["events"] if row["id"] == event]
    return int(row["available_seats_count"])


def test_two_machines_sell_an_event_together(directory: Path) -> None:
    homes = [directory / name for name in ("stores", "first", "second")]
    for home in homes:
        home.mkdir(mode=0o711)
    with ExitStack() as stack:
        database_url = stack.enter_context(postgres(homes[0], durable=False))
        redis_url = stack.enter_context(valkey(homes[0], durable=False))
        settings = own_stores(database_url, redis_url)
        machines = [stack.enter_context(serving(home, settings=settings)) for home in homes[1:]]
        first, second = (stack.enter_context(machine.client()) for machine in machines)
        event = an_event(first, "Concert", SEATS)
        people = [logged_in(first, a_buyer(number)) for number in range(BUYERS)]

        orders = [(first, second), (second, first)]
        with ThreadPoolExecutor(BUYERS) as pool:
            bought = list(pool.map(lambda i: buy_until_sold_out(orders[i % 2], event, people[i]), range(BUYERS)))

        assert sorted(number for numbers in bought for number in numbers) == list(range(1, SEATS + 1))
        assert [seats_left(machine, event) for machine in (first, second)] == [0, 0]
        verdict = booked("verify", settings=settings)
        assert verdict.returncode == 0, verdict.stdout + verdict.stderr
        with Redis.from_url(redis_url) as client:
            client.flushall()
        assert reserve(second, event, people[0]).json()["code"] == "TICKET-01"  # also after everything was forgotten
