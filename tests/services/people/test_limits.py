"""What counts as a wrong password."""

import asyncio
from datetime import timedelta

import pytest

from booked.adapters.system.limiter import MemoryLimiter
from booked.domain.errors import Busy, InvalidPassword, StoreReadFailed, TooManyRequests, UserNotFound
from booked.domain.services.people.limits import Limits, LimitService
from tests.memory.clock import FrozenClock
from tests.memory.observer import RecordingObserver

EMAIL = "ann@example.com"
ELSEWHERE = "198.51.100.7"
MOST = 3


@pytest.fixture
def clock() -> FrozenClock:
    return FrozenClock()


@pytest.fixture
def limits(clock: FrozenClock) -> LimitService:
    counts = MemoryLimiter(clock)
    return LimitService(
        limiter=counts, local=counts, observer=RecordingObserver(), limits=Limits.of(wrong_passwords=MOST)
    )


async def log_in(limits: LimitService, refusal: BaseException | None = None) -> None:
    async with limits.log_in(EMAIL, ELSEWHERE):
        if refusal is not None:
            raise refusal


async def change_password(limits: LimitService, refusal: BaseException | None = None) -> None:
    async with limits.verify_password(EMAIL, ELSEWHERE):
        if refusal is not None:
            raise refusal


@pytest.mark.parametrize("refusal", [Busy(), StoreReadFailed(), asyncio.CancelledError()])
async def test_a_password_that_was_not_verified_does_not_count_as_wrong(
    limits: LimitService, refusal: BaseException
) -> None:
    for _ in range(MOST + 1):
        with pytest.raises(type(refusal)):
            await log_in(limits, refusal)

    await log_in(limits)


@pytest.mark.parametrize("refusal", [InvalidPassword(), UserNotFound()])
async def test_a_wrong_password_and_an_unknown_account_count(limits: LimitService, refusal: BaseException) -> None:
    for _ in range(MOST):
        with pytest.raises(type(refusal)):
            await log_in(limits, refusal)

    with pytest.raises(TooManyRequests):
        await log_in(limits)


async def test_wrong_passwords_of_logins_and_of_password_changes_count_together(limits: LimitService) -> None:
    for attempt in (log_in, change_password, change_password):
        with pytest.raises(InvalidPassword):
            await attempt(limits, InvalidPassword())

    for attempt in (log_in, change_password):
        with pytest.raises(TooManyRequests):
            await attempt(limits)


async def test_of_many_guesses_at_the_same_moment_no_more_are_tried_than_the_limit_says(limits: LimitService) -> None:
    tried = 0
    verified = asyncio.Event()

    async def guess() -> None:
        nonlocal tried
        async with limits.log_in(EMAIL, ELSEWHERE):
            tried += 1
            await verified.wait()
            raise InvalidPassword

    guesses = [asyncio.create_task(guess()) for _ in range(10)]
    await asyncio.sleep(0)
    verified.set()
    await asyncio.wait(guesses)

    assert tried == MOST


async def test_what_is_given_back_late_is_not_taken_from_the_next_window(
    limits: LimitService, clock: FrozenClock
) -> None:
    with pytest.raises(Busy):
        async with limits.log_in(EMAIL, ELSEWHERE):
            clock.advance(timedelta(minutes=15))
            raise Busy

    for _ in range(MOST):
        with pytest.raises(InvalidPassword):
            await log_in(limits, InvalidPassword())
    with pytest.raises(TooManyRequests):
        await log_in(limits)
