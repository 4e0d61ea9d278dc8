"""Failover: silent hosts, read-only hosts, demoted servers."""

import asyncio
from contextlib import suppress
from urllib.parse import urlsplit

import asyncpg
import pytest
from redis.asyncio import BlockingConnectionPool
from redis.exceptions import BusyLoadingError

from booked.adapters.postgres.connecting import hosts_apart
from booked.adapters.postgres.database import PostgresDatabase
from booked.adapters.redis.loading import server_mark
from booked.adapters.redis.wire import Wire
from booked.domain.errors import StoreWriteFailed
from booked.domain.model.sale.bookings import Verdict
from booked.domain.model.sale.holds import EPOCHS_A_TIMELINE
from tests.builders import a_claim, a_user, an_event, first_epoch_is
from tests.guards import Guards

# Notes how a session that adds a user waits for the disk.
NOTE_THE_SETTING = """
    CREATE TABLE noted (setting text);
    CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        INSERT INTO noted VALUES (current_setting('synchronous_commit'));
        RETURN NEW;
    END
    $$;
    CREATE TRIGGER note BEFORE INSERT ON users FOR EACH ROW EXECUTE FUNCTION note();
"""


@pytest.mark.parametrize("attributes", ["", "?target_session_attrs=any"])
def test_each_host_has_a_url_of_its_own(attributes: str) -> None:
    assert hosts_apart(f"postgresql://me:pw@one:1,two:2/db{attributes}") == [
        f"postgresql://me:pw@one:1/db{attributes}",
        f"postgresql://me:pw@two:2/db{attributes}",
    ]


@pytest.mark.own_database
async def test_sessions_wait_for_the_disk_whatever_the_server_is_told(database_url: str) -> None:
    administrator = await asyncpg.connect(database_url)
    name = urlsplit(database_url).path[1:]
    await administrator.execute(f'ALTER DATABASE "{name}" SET synchronous_commit = off')
    database = await PostgresDatabase.connect(database_url)

    await administrator.execute(NOTE_THE_SETTING)
    await database.users.add(a_user())

    assert await administrator.fetchval("SELECT setting FROM noted") == "on"
    await administrator.execute(f'ALTER DATABASE "{name}" RESET synchronous_commit')
    await database.close()
    await administrator.close()


@pytest.mark.own_database
async def test_a_refusal_of_a_read_only_server_is_certain_and_ends_the_connection(database_url: str) -> None:
    administrator = await asyncpg.connect(database_url)
    name = urlsplit(database_url).path[1:]
    await administrator.execute(f'ALTER DATABASE "{name}" SET default_transaction_read_only = on')
    database = await PostgresDatabase.connect(database_url)
    ann = a_user()

    with pytest.raises(StoreWriteFailed):
        await database.users.add(ann)
    await administrator.execute("SET default_transaction_read_only = off")
    await administrator.execute(f'ALTER DATABASE "{name}" RESET default_transaction_read_only')
    await database.users.add(ann)

    assert await database.users.by_id(ann.id)
    await database.close()
    await administrator.close()


@pytest.mark.parametrize(("guarded", "verdict"), [(True, Verdict.ALREADY_SOLD), (False, Verdict.BOOKED)])
async def test_a_ticket_above_the_capacity_is_not_sold_unless_the_guard_is_off(
    database_url: str, guards: Guards, guarded: bool, verdict: Verdict
) -> None:
    if not guarded:
        guards.remove("capacity")
    database = await PostgresDatabase.connect(database_url)
    event, ann = an_event(seats=2), a_user()
    await database.users.add(ann)
    await database.events.add(event)

    assert await database.bookings.commit(a_claim(event.id, ann.id, {3})) is verdict
    await database.close()


@pytest.mark.parametrize(("guarded", "verdict"), [(True, Verdict.STALE_EPOCH), (False, Verdict.BOOKED)])
async def test_what_was_claimed_in_an_earlier_timeline_is_stale_unless_the_guard_is_off(
    database_url: str, guards: Guards, guarded: bool, verdict: Verdict
) -> None:
    if not guarded:
        guards.remove("timeline")
    database = await PostgresDatabase.connect(database_url)
    event, ann = an_event(), a_user()
    await database.users.add(ann)
    await database.events.add(event)
    administrator = await asyncpg.connect(database_url)
    await administrator.execute(first_epoch_is(EPOCHS_A_TIMELINE))

    assert await database.bookings.commit(a_claim(event.id, ann.id, {3})) is verdict

    ledger = await database.ledgers.get(event.id)
    assert ledger is not None
    assert ledger.epoch == EPOCHS_A_TIMELINE
    assert await database.ledgers.next_epoch(event.id) == EPOCHS_A_TIMELINE
    await administrator.close()
    await database.close()


@pytest.mark.parametrize("refusal", ["-READONLY no", "-LOADING wait", "-MASTERDOWN gone", "*1\r\n-READONLY no"])
async def test_after_a_refusal_of_a_demoted_server_the_next_call_connects_anew(refusal: str) -> None:
    assert await connections_of_two_exchanges(refusal) == 2


async def test_control_another_error_keeps_the_connection() -> None:
    assert await connections_of_two_exchanges("-ERR wrong") == 1


def test_a_promotion_changes_a_servers_mark() -> None:
    before, after = {"run_id": "r", "master_replid": "a"}, {"run_id": "r", "master_replid": "b"}

    assert server_mark(before) != server_mark(after)


async def connections_of_two_exchanges(refusal: str) -> int:
    """How many connections two exchanges make with a server that answers each command with this."""
    visits: list[asyncio.Future[None]] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        visit = asyncio.get_running_loop().create_future()
        visits.append(visit)
        while data := await reader.read(65536):
            writer.write((f"{refusal}\r\n" if b"ECHO" in data else "+OK\r\n" * data.count(b"*")).encode())
        writer.close()
        await writer.wait_closed()
        visit.set_result(None)

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        url = f"redis://127.0.0.1:{port}"
        wire = Wire(BlockingConnectionPool.from_url(url, socket_timeout=5, socket_connect_timeout=5))
        for _ in range(2):
            with suppress(BusyLoadingError):
                await wire.exchange([("ECHO", "x")])
        await wire.close()
        await asyncio.gather(*visits)
    return len(visits)
