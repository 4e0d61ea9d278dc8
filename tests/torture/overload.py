"""Four times as many requests as can be answered: most of what can be sold is sold, and the others are told at once."""

import asyncio
import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import cycle
from statistics import median
from types import MappingProxyType

import uvloop

from tests.client import Connection, request
from tests.torture.calls import Caller
from tests.torture.offices import Office, box_office
from tests.torture.proofs import Proof, Trial
from tests.torture.rushes import BOUGHT, PATH, Wish, on_sale, rush

BUYERS = 64
TIMES = 4  # as many requests as can be answered
A_RUSH = 3.0  # seconds
A_STORM = 5.0  # seconds
A_STEP = 0.005  # seconds
LEAST = 0.8  # of what is sold without too many requests
REFUSED_WITHIN = 1.0  # seconds, of 99 in 100
PATIENCE = 300.0  # seconds for the last answer, which comes late without a bound
TOO_MUCH = b'"SYS-09"'  # the code of what is refused
LATER = 2  # without a bound, the last answer takes more than this many times as long as with one
# The bound is low, so that it is met within a storm also where little can be sold in a second.
SETTINGS = MappingProxyType(
    {"BOOKED_LOG_LEVEL": "error", "BOOKED_WORKERS": "1", "BOOKED_REQUESTS_AT_ONCE": str(BUYERS)}
)


@dataclass(slots=True)
class Storm:
    """What became of requests: how long each took that sold a ticket, and each that was refused."""

    capacity: float = 0.0
    seconds: float = 0.0
    sold: list[float] = field(default_factory=list)
    refused: list[float] = field(default_factory=list)
    others: list[str] = field(default_factory=list)

    @property
    def goodput(self) -> float:
        return len(self.sold) / self.seconds / self.capacity


def try_overload(trial: Trial) -> None:
    storms = uvloop.run(_storms(trial, SETTINGS))
    goodput = median(storm.goodput for storm in storms)
    refused = sorted(seconds for storm in storms for seconds in storm.refused)
    sold = sorted(seconds for storm in storms for seconds in storm.sold)
    trial.figures["goodput"] = f"{goodput:.0%} (goal {LEAST:.0%})"
    trial.figures["refused"] = f"{len(refused) / (len(refused) + len(sold)):.0%}"
    if goodput < LEAST:
        trial.unreached.append("goodput")
    trial.measured("time to refuse, of 99 in 100", refused[: len(refused) * 99 // 100], REFUSED_WITHIN)
    trial.measured("time to sell", sold)
    for storm in storms:
        if storm.others:
            trial.violated("an answer that is neither a sale nor a refusal to wait", answers=storm.others[:100])
    [unbounded] = uvloop.run(
        _storms(Trial(1, trial.seconds, trial.seed), {**SETTINGS, "BOOKED_REQUESTS_AT_ONCE": "off"})
    )
    last, bounded = max(unbounded.sold), BUYERS / unbounded.capacity
    trial.controlled("no bound", last > LATER * bounded, f"answers take {last:.1f} s instead of {bounded:.1f} s")


async def _storms(trial: Trial, settings: Mapping[str, str]) -> list[Storm]:
    storms = []
    async with box_office(settings) as office:
        wish, tokens = await on_sale(office), await office.people(BUYERS)
        while trial.goes_on:
            before = await rush(_callers(office, tokens), wish, A_RUSH)
            storm = await _storm(office, tokens, wish, before * TIMES)
            storm.capacity = (before + await rush(_callers(office, tokens), wish, A_RUSH)) / 2
            storms.append(storm)
            trial.advance()
    return storms


def _callers(office: Office, tokens: Sequence[str]) -> list[Caller]:
    return [office.caller(token) for token in tokens]


async def _storm(office: Office, tokens: Sequence[str], wish: Wish, rate: float) -> Storm:
    """Send requests at a rate, no matter whether those before are answered. Return when all are."""
    storm, idle, asking = Storm(), list[Connection](), set[asyncio.Task[None]]()
    # Made beforehand: what sends the requests shares the machine with the service.
    wishes = cycle([request("POST", PATH, token, json.dumps(wish).encode()) for token in tokens])

    async def ask() -> None:
        wanted, asked = next(wishes), time.monotonic()
        try:
            connection = idle.pop() if idle else await Connection.open(office.port)
            try:
                status, body = await connection.send(wanted)
            except OSError:  # the server ends connections that rest
                connection = await Connection.open(office.port)
                status, body = await connection.send(wanted)
        except OSError as failure:
            storm.others.append(repr(failure))
            return
        idle.append(connection)
        if status == BOUGHT:
            storm.sold.append(time.monotonic() - asked)
        elif TOO_MUCH in body:
            storm.refused.append(time.monotonic() - asked)
        else:
            storm.others.append(f"{status} {body!r}")

    began, sent = time.monotonic(), 0
    while (passed := time.monotonic() - began) < A_STORM:
        for _ in range(int(rate * passed) - sent):
            task = asyncio.create_task(ask())
            asking.add(task)
            task.add_done_callback(asking.discard)
            sent += 1
        await asyncio.sleep(A_STEP)
    if asking:
        _, unanswered = await asyncio.wait([*asking], timeout=PATIENCE)
        storm.others += ["no answer"] * len(unanswered)
        for task in unanswered:
            task.cancel()
    storm.seconds = time.monotonic() - began
    for connection in idle:
        connection.close()
    return storm


PROOF = Proof(
    "overload",
    "At four times the requests that can be answered, most of what can be sold is sold, and the rest is refused fast.",
    "storms",
    5,
    100,
    try_overload,
    full=10,
)
