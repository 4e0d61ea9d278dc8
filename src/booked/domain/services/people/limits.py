"""What is refused because somebody does it too often."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from math import ceil

from booked.domain.errors import InvalidPassword, StoreError, TooManyRequests, UserNotFound
from booked.domain.model.ids import UserId
from booked.domain.model.people.limits import Limit
from booked.domain.model.people.users import email_key
from booked.ports.observer import Observer
from booked.ports.people import Limiter

MINUTE = timedelta(minutes=1)
QUARTER = timedelta(minutes=15)
KNOWN_ADDRESS = Limit("known-address", 1, timedelta(days=90))


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits in force; None is no limit."""

    logins: Limit | None = None
    registrations: Limit | None = None
    reservations: Limit | None = None
    wrong_passwords: Limit | None = None

    @classmethod
    def of(
        cls,
        *,
        logins: int | None = None,
        registrations: int | None = None,
        reservations: int | None = None,
        wrong_passwords: int | None = None,
    ) -> "Limits":
        """Return the limits for how often each thing may be done."""
        return cls(
            logins=_limit("logins", logins, MINUTE),
            registrations=_limit("registrations", registrations, MINUTE),
            reservations=_limit("reservations", reservations, MINUTE),
            wrong_passwords=_limit("wrong-passwords", wrong_passwords, QUARTER),
        )


def _limit(name: str, most: int | None, window: timedelta) -> Limit | None:
    return None if most is None else Limit(name, most, window)


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitService:
    """Limits how often people may do things.

    An `address` of None is trusted and never limited. `local` counts in this process alone, so reserving needs no
    further exchange. Each method raises `TooManyRequests`, or `StoreWriteFailed` if the counts cannot be read.
    """

    limiter: Limiter
    local: Limiter
    observer: Observer
    limits: Limits

    @asynccontextmanager
    async def log_in(self, email: str, address: str | None) -> AsyncIterator[None]:
        """Count a login before its password is verified, as `verify_password` does."""
        await self._take(self.limits.logins, address)
        async with self.verify_password(email, address):
            yield

    @asynccontextmanager
    async def verify_password(self, email: str, address: str | None) -> AsyncIterator[None]:
        """Count a wrong password before it is verified, and forget those of before if the block ends well.

        Only a wrong password and an unknown account stay counted. An address from which the account's owner has
        logged in counts its wrong passwords apart: others who guess do not keep the owner out.
        """
        wrong = self.limits.wrong_passwords
        if wrong is None or address is None:
            yield
            return
        account = sha256(email_key(email.strip()).encode(errors="surrogatepass")).hexdigest()
        here = f"{account}:{address}"
        known = await self.limiter.count(KNOWN_ADDRESS, here) > 0
        counted = here if known else account
        # Before the password is verified: of many guesses at the same moment no more are tried.
        await self._take(wrong, counted)
        try:
            yield
        except (InvalidPassword, UserNotFound):
            raise
        except BaseException:
            # Also a client that left: nobody was told whether the password is right.
            with suppress(StoreError):
                await self.limiter.give_back(wrong, counted)
            raise
        await self.limiter.forget(wrong, counted)
        await self.limiter.take(KNOWN_ADDRESS, here)

    async def reserve(self, user_id: UserId, address: str | None) -> bool:
        """Count a request to reserve. Return whether it is limited, and so the user may have to cool down."""
        await self._take(self.limits.reservations, address and user_id, self.local)
        return self.limits.reservations is not None and address is not None

    async def register(self, address: str | None) -> None:
        """Count a registration."""
        await self._take(self.limits.registrations, address)

    async def _take(self, limit: Limit | None, who: str | None, limiter: Limiter | None = None) -> None:
        if limit is None or who is None:
            return
        taken = await (limiter or self.limiter).take(limit, who)
        if not taken.allowed:
            self.observer.limited(limit.name)
            raise TooManyRequests(
                policy=limit.name,
                most=limit.most,
                window_s=int(limit.window.total_seconds()),
                retry_after_s=max(1, ceil(taken.ends_in.total_seconds())),
            )
