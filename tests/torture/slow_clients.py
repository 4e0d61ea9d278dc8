"""Clients that connect and say nothing, and clients that send a byte at a time: the others are served as before."""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from statistics import median

import uvloop

from tests.torture.calls import Caller
from tests.torture.offices import box_office
from tests.torture.proofs import Proof, Trial
from tests.torture.rushes import Wish, on_sale, rush
from tests.torture.server import FEW_CONNECTIONS

BUYERS = 32
IDLE = 500
TRICKLING = 100
A_BYTE_EVERY = 0.5  # seconds
A_RUSH = 3.0  # seconds
LEAST = 0.8  # of the sales that there are without slow clients
CAUGHT_BELOW = 0.5
SETTLING = 1.0  # seconds until all slow clients are connected
SLOW_HEAD = b"POST /user/login/ HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: " + b"x" * 1_000
SLOW_BODY = (
    b"POST /user/login/ HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
    b"Content-Length: 1000\r\n\r\n" + b" " * 1_000
)


def try_slow_clients(trial: Trial) -> None:
    share = median(uvloop.run(_shares(trial)))
    trial.figures["sales beside slow clients"] = f"{share:.0%} (goal {LEAST:.0%})"
    if share < LEAST:
        trial.unreached.append("sales beside slow clients")
    faulty = median(uvloop.run(_shares(Trial(1, trial.seconds, trial.seed), [FEW_CONNECTIONS])))
    trial.controlled(FEW_CONNECTIONS, faulty < CAUGHT_BELOW, f"{faulty:.0%} of the sales")


async def _shares(trial: Trial, without: Sequence[str] = ()) -> list[float]:
    """Return, of each round, what was sold beside slow clients as a part of what was sold without them."""
    shares = []
    async with box_office({"BOOKED_LOG_LEVEL": "error"}, without=without) as office:
        wish, tokens = await on_sale(office), await office.people(BUYERS)
        while trial.goes_on:
            alone = await rush([office.caller(token) for token in tokens], wish, A_RUSH)
            async with beside_slow_clients(office.port):
                callers = [office.caller(token) for token in tokens]
                shares.append(await rush_or_nothing(callers, wish) / alone)
            trial.advance()
    return shares


async def rush_or_nothing(callers: Sequence[Caller], wish: Wish) -> float:
    """Return the sales of a second; none if not all are answered within several times the time that there was."""
    try:
        async with asyncio.timeout(A_RUSH * 5):
            return await rush(callers, wish, A_RUSH)
    except TimeoutError:
        return 0.0


@asynccontextmanager
async def beside_slow_clients(port: int) -> AsyncIterator[None]:
    """Have slow clients connected, which come again when they are sent away."""
    contents = [b""] * IDLE + [SLOW_HEAD, SLOW_BODY] * (TRICKLING // 2)
    clients = [asyncio.create_task(_trickle(port, content)) for content in contents]
    await asyncio.sleep(SETTLING)
    try:
        yield
    finally:
        for client in clients:
            client.cancel()
        await asyncio.gather(*clients, return_exceptions=True)


async def _trickle(port: int, content: bytes) -> None:
    """Send content a byte at a time, then wait until the server closes the connection; and so on."""
    while True:
        started = time.monotonic()
        with suppress(OSError):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            try:
                answered = asyncio.create_task(reader.read())
                for place in range(len(content)):
                    if answered.done():
                        break
                    writer.write(content[place : place + 1])
                    await asyncio.sleep(A_BYTE_EVERY)
                await answered
            finally:
                writer.close()
        await asyncio.sleep(max(0.0, started + A_BYTE_EVERY - time.monotonic()))


PROOF = Proof(
    "slow-clients",
    "Clients that say nothing, or a byte at a time, do not slow the others.",
    "rounds",
    3,
    60,
    try_slow_clients,
    full=10,
)
