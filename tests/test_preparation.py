"""What is asked of the stores first; and while one does not answer, the log says so, ever more seldom."""

import asyncpg
import pytest

from booked.adapters.postgres.programme.zones import ZoneNotKnown
from booked.cli import preparation
from booked.cli.failures import explain
from booked.cli.preparation import FIRST_SILENCE, LONGEST_SILENCE, Preparation, RareWarnings, prepare
from booked.settings import Settings

AWAY = "Postgres does not answer."
OTHER = "Valkey does not answer."


def told_at(warnings: RareWarnings, cause: str, until: int) -> list[int]:
    """In which of these seconds the log warns of a cause that lasts."""
    return [second for second in range(until) if warnings.due(cause, float(second))]


def test_a_lasting_cause_is_told_at_once_and_then_after_pauses_that_double() -> None:
    told = told_at(RareWarnings(), AWAY, until=1_000)

    assert told == [0, 30, 90, 210, 450, 930]


def test_the_pauses_have_a_limit() -> None:
    told = told_at(RareWarnings(), AWAY, until=20_000)

    assert FIRST_SILENCE < told[-1] - told[-2] == LONGEST_SILENCE


def test_another_cause_is_told_at_once_but_not_each_time_that_it_alternates() -> None:
    warnings = RareWarnings()

    told = [warnings.due(cause, now) for now, cause in enumerate([AWAY, OTHER, AWAY, OTHER, AWAY])]

    assert told == [True, True, False, False, False]


async def test_a_time_zone_that_postgres_does_not_know_is_refused(database_url: str, redis_url: str) -> None:
    settings = Settings(database_url=database_url, redis_url=redis_url, timezone="Mars/Olympus_Mons")

    with pytest.raises(ZoneNotKnown) as refusal:
        await prepare(settings, demo=False)

    assert explain(refusal.value).startswith("Postgres does not know the time zone Mars/Olympus_Mons")


async def test_a_host_that_is_not_promoted_yet_is_waited_for(database_url: str, redis_url: str) -> None:
    # A primary refuses who wants a standby, as a standby refuses who wants a primary.
    unwanted = f"{database_url}{'&' if '?' in database_url else '?'}target_session_attrs=standby"
    settings = Settings(database_url=unwanted, redis_url=redis_url, jwt_secret="s" * 32)

    introduction = await Preparation(settings, demo=False).attempt()

    assert introduction is None
    with pytest.raises(asyncpg.InternalClientError) as refusal:
        await prepare(settings, demo=False)
    assert explain(refusal.value).startswith("Postgres cannot be used: None of the hosts match")


@pytest.mark.parametrize(
    ("fault", "waits"),
    [
        (asyncpg.InterfaceError("connection is closed"), True),
        (asyncpg.ClientConfigurationError("invalid DSN"), False),
        (asyncpg.UnsupportedServerFeatureError("no such authentication"), False),
    ],
)
async def test_what_waiting_does_not_mend_is_not_waited_for(
    monkeypatch: pytest.MonkeyPatch, fault: Exception, waits: bool
) -> None:
    async def fail(*_: object) -> None:
        raise fault

    monkeypatch.setattr(preparation, "prepare", fail)
    attempt = Preparation(Settings(), demo=False).attempt()

    if waits:
        assert await attempt is None
    else:
        with pytest.raises(type(fault)):
            await attempt
