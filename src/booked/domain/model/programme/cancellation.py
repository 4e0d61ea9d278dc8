"""Terms of cancellation: until when buyers can cancel tickets, and what is kept of the price."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime

from booked.domain.errors import CancellationClosed, InvalidEvent
from booked.domain.model.money import PRICE_MOST
from booked.domain.model.programme.times import EARLIEST_START, moved

NEVER = EARLIEST_START  # the end of the time to cancel where buyers cannot cancel at all
FORMER_TERMS_MOST = 100

_LAST = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class CancellationTerms:
    """Buyers can cancel until `until`: None for no bound, `NEVER` for not at all.

    Of each ticket `fee` is kept, in minor units, but never more than was paid for it.
    """

    until: datetime | None = None
    fee: int = 0

    @property
    def last(self) -> datetime:
        return self.until or _LAST

    def permit(self, now: datetime) -> bool:
        return now < self.last

    def fee_of(self, price: int) -> int:
        """Return what is kept of a ticket bought at this price."""
        return min(self.fee, price)

    def require_permitted(self, now: datetime) -> None:
        """Raise `CancellationClosed` where buyers cannot cancel any more."""
        if self.until == NEVER:
            raise CancellationClosed("Tickets of this event are sold without a right to cancel them.")
        if not self.permit(now):
            last = self.last.astimezone(UTC)
            raise CancellationClosed(f"They could be cancelled until {last:%Y-%m-%d %H:%M:%S} UTC.")


@dataclass(frozen=True, slots=True)
class FormerTerms:
    """Terms of what was booked before a moment: when they were changed."""

    booked_before: datetime
    terms: CancellationTerms


@dataclass(frozen=True, slots=True)
class CancellationPolicy:
    """The terms of an event: the `present` ones, and `former` ones, the oldest first."""

    present: CancellationTerms = CancellationTerms()
    former: tuple[FormerTerms, ...] = ()

    def terms_for(self, booked_at: datetime, now: datetime) -> CancellationTerms:
        """Return the terms for a ticket booked then: those of then or of now, as is better for its buyer."""
        then = next((one.terms for one in self.former if booked_at < one.booked_before), self.present)
        return better(then, self.present, now)

    def moved(self, former_start: datetime, starts_at: datetime) -> "CancellationPolicy":
        """Return the policy of an event that starts at another time: an end at its start moves along."""

        def of(terms: CancellationTerms) -> CancellationTerms:
            return replace(terms, until=moved(terms.until, former_start, starts_at))

        return CancellationPolicy(of(self.present), tuple(replace(one, terms=of(one.terms)) for one in self.former))

    def changed_to(self, terms: CancellationTerms, now: datetime) -> "CancellationPolicy":
        """Return the policy from now on. Raises `InvalidEvent` after very many changes."""
        if terms == self.present:
            return self
        if len(self.former) >= FORMER_TERMS_MOST:
            raise InvalidEvent(
                f"The terms of cancellation were changed {FORMER_TERMS_MOST} times. Leave them as they are."
            )
        return CancellationPolicy(terms, (*self.former, FormerTerms(now, self.present)))


ALWAYS_CANCELLABLE = CancellationPolicy()


def better(one: CancellationTerms, other: CancellationTerms, now: datetime) -> CancellationTerms:
    """Return the better terms for a buyer who cancels now: what they permit, for the lower fee."""
    permitting = [terms for terms in (one, other) if terms.permit(now)]
    if permitting:
        return min(permitting, key=lambda terms: (terms.fee, _LAST - terms.last))
    return max(one, other, key=lambda terms: terms.last)


def require_fee(fee: int) -> int:
    if not 0 <= fee <= PRICE_MOST:
        raise InvalidEvent(f"A fee must lie between 0 and {PRICE_MOST} minor units of the event's currency.")
    return fee
