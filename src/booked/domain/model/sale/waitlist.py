"""The waitlist: who waits for a sold-out event, and who is offered the tickets that come back.

First come, first served, with one allowance. If the first party needs more tickets than there are, smaller parties
behind it may be served, at most `PASSES` times. The public never passes: tickets nobody can use yet gather for the
first party, for at most `GATHER_FOR` and once an entry. After that everybody may pass it. Tickets do not gather for a
party larger than all that can come back.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType

from booked.domain.errors import InvalidWaitlistCount, OverTicketLimit
from booked.domain.model.ids import EntryId, EventId, UserId
from booked.domain.model.programme.seating import Block
from booked.domain.model.sale.holds import TICKETS_A_REQUEST

PASSES = 5
GATHER_FOR = timedelta(hours=1)
NOTHING: Mapping[int | None, int] = MappingProxyType({})


class EntryState(StrEnum):
    """A lapsed entry ended because its time ran out; its owner, or the event's organizer, withdrew a withdrawn one."""

    WAITING = "waiting"
    OFFERED = "offered"
    BOOKED = "booked"
    LAPSED = "lapsed"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class Entry:
    """A party of `count` in the queue. `passed` counts the smaller parties served before it.

    With `type_number` it waits for tickets of that type, otherwise for any. Tickets gather for it, or have
    gathered, since `gathering_since`. `version` tells its turns apart: it changes when the party gets its place
    back.
    """

    id: EntryId
    event_id: EventId
    user_id: UserId
    count: int
    passed: int = 0
    gathering_since: datetime | None = None
    type_number: int | None = None
    version: int = field(default=0, compare=False)

    def competes_with(self, other: "Entry") -> bool:
        """Return whether some ticket could go to either party."""
        return None in {self.type_number, other.type_number} or self.type_number == other.type_number

    def may_gather(self, within_reach: int, now: datetime) -> bool:
        """Return whether tickets may gather for it: its hour of that is not over, and what comes back can serve it."""
        had_its_hour = self.gathering_since is not None and now - self.gathering_since >= GATHER_FOR
        return self.count <= within_reach and not had_its_hour

    def may_be_passed(self, within_reach: int, now: datetime) -> bool:
        """Return whether those behind may go first: it was not passed too often, and nothing gathers for it."""
        return self.passed < PASSES or not self.may_gather(within_reach, now)


@dataclass(frozen=True, slots=True)
class Offer:
    """Tickets held for the party of an entry until `expires_at`, in the turn named by `version`.

    `told` says whether the database knows that its user was told.
    """

    entry_id: EntryId
    event_id: EventId
    user_id: UserId
    numbers: tuple[int, ...]
    expires_at: datetime
    version: int = field(default=0, compare=False)
    told: bool = field(default=False, compare=False)


@dataclass(frozen=True, slots=True)
class WaitlistPlace:
    """An entry as its owner sees it: the position counts from 1, and an offer brings ticket numbers and a deadline."""

    entry_id: EntryId
    event_id: EventId
    user_id: UserId
    event_name: str
    count: int
    state: EntryState
    position: int | None
    joined_at: datetime
    numbers: tuple[int, ...]
    offer_expires_at: datetime | None
    type_number: int | None = None
    version: int = field(default=0, compare=False)

    @property
    def entry(self) -> Entry:
        """Return the entry, but for how often it was passed and since when tickets gather."""
        return Entry(
            self.entry_id,
            self.event_id,
            self.user_id,
            self.count,
            type_number=self.type_number,
            version=self.version,
        )

    @property
    def has_ended(self) -> bool:
        return self.state not in {EntryState.WAITING, EntryState.OFFERED}


@dataclass(frozen=True, slots=True)
class WaitingParty:
    """An entry that waits or has an offer, as the organizer sees it. A guest of a counter has no e-mail address.

    `place` says only who joined before whom; `position` counts those that wait from 1, None with an offer.
    """

    entry_id: EntryId
    place: int
    name: str
    email: str
    count: int
    type_number: int | None
    position: int | None
    joined_at: datetime
    offer_expires_at: datetime | None


@dataclass(frozen=True, slots=True)
class WaitingCounts:
    """How many parties wait at an event, for how many tickets, and how many others have an offer."""

    parties: int
    tickets: int
    offers: int


@dataclass(frozen=True, slots=True)
class WantedTickets:
    """How many tickets the parties wait for that can only be given tickets of these blocks."""

    tickets: int
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Demand:
    """How many tickets an event's queue waits for; of two demands the one with the higher version is the later.

    `wanted` says which of them have to be in certain blocks, None where unknown.
    """

    event_id: EventId
    tickets: int
    version: int
    wanted: tuple[WantedTickets, ...] | None = None


@dataclass(frozen=True, slots=True)
class CameBack:
    """How many free tickets of these blocks came back, and whether they stay set aside or are the public's now."""

    tickets: int
    blocks: tuple[Block, ...]
    stay_aside: bool


@dataclass(frozen=True, slots=True)
class OfferPlan:
    """Who is offered tickets now, which entries changed for having been passed, and what goes back to the public.

    `spared` has the types, where there are any, of which an entry gets no ticket and that a party before it waits for:
    what came back of them stays set aside. `gathers` has the types that parties wait for for whom tickets gather, None
    for any type.
    """

    offers: list[Entry]
    changed: list[Entry]
    surplus: int
    spared: dict[EntryId, frozenset[int]] = field(default_factory=dict)
    gathers: frozenset[int | None] = field(default=frozenset(), compare=False)

    def keeps(self, type_number: int) -> bool:
        """Return whether tickets of this type gather for somebody."""
        return not self.gathers.isdisjoint({type_number, None})


def require_party(count: int, seat_count: int, ticket_limit: int | None) -> int:
    """Return a number of tickets that could ever be offered to one user of this event."""
    most = min(TICKETS_A_REQUEST, seat_count, ticket_limit or seat_count)
    if not 1 <= count <= most:
        raise InvalidWaitlistCount(f"Wait for at least 1 and at most {most} tickets.")
    return count


def require_sold_out(count: int, available: int) -> None:
    if count <= available:
        raise InvalidWaitlistCount(f"{available} tickets are available. Reserve them instead of waiting.")


def require_allowance(count: int, owned: int, ticket_limit: int | None) -> None:
    """Raise `OverTicketLimit` where a user who owns this many tickets may not have `count` more."""
    if ticket_limit is not None and owned + count > ticket_limit:
        raise OverTicketLimit(f"You have {owned} tickets of this event. One may have at most {ticket_limit}.")


def plan_offers(
    queue: Sequence[Entry],
    free: Mapping[int | None, int],
    aside: int,
    within_reach: int,
    now: datetime,
    *,
    came_back: Mapping[int, int],
) -> OfferPlan:
    """Share free tickets among a queue in its order. `aside` of them came back and are kept from the public.

    `free` says how many are free: under None altogether, and under each type number of that type. `came_back` says how
    many of each type did, of those free: only they gather for a party that waits for the type. Parties waiting
    for different types do not pass one another, nor does a party for any type pass one whose type it is not given.
    No more than `within_reach` can ever be free.
    """
    left, back = dict(free), dict(came_back)
    offers: list[Entry] = []
    spared: dict[EntryId, frozenset[int]] = {}
    passed: list[Entry] = []
    for entry in queue:
        barred = {ahead.type_number for ahead in passed if not ahead.may_be_passed(within_reach, now)}
        if None in barred or entry.type_number in barred:
            continue
        others = {ahead.type_number for ahead in passed} - {entry.type_number} if entry.type_number else barred
        not_its = frozenset(each for each in others if each)
        if entry.count <= _usable(left, entry, not_its):
            offers.append(entry)
            if not_its:
                spared[entry.id] = not_its
            for type_number in {None, entry.type_number}:
                left[type_number] -= entry.count
            fewer = entry.count
            if entry.type_number:
                # Of other types that came back it takes nothing.
                its_own, gone = back.get(entry.type_number, 0), max(0, aside - sum(back.values()))
                fewer = min(entry.count, its_own + gone)
                back[entry.type_number] = max(0, its_own - entry.count)
            aside = max(min(aside, kept_of(not_its, back)), aside - fewer)
            passed = [
                replace(ahead, passed=ahead.passed + 1)
                if ahead.competes_with(entry) and ahead.type_number not in not_its
                else ahead
                for ahead in passed
            ]
        else:
            passed.append(entry)
    gathering: list[Entry] = []
    kept = 0
    for ahead in passed:
        kept_types = {other.type_number for other in gathering}
        usable = _usable(left, ahead, kept_types)
        if ahead.type_number:
            usable = min(usable, back.get(ahead.type_number, 0))
        is_next = None not in kept_types and ahead.type_number not in kept_types and aside > kept and usable > 0
        if ahead.may_gather(within_reach, now) and (not ahead.may_be_passed(within_reach, now) or is_next):
            gathering.append(replace(ahead, gathering_since=ahead.gathering_since or now))
            kept += min(ahead.count, usable)
    before = {entry.id: entry for entry in queue}
    after = {entry.id: entry for entry in [*passed, *gathering]}
    changed = [entry for entry in after.values() if entry != before[entry.id]]
    gathers = frozenset(entry.type_number for entry in gathering)
    return OfferPlan(offers, changed, max(0, aside - kept), spared, gathers)


def kept_of(types: Collection[int], came_back: Mapping[int, int]) -> int:
    """Return how many tickets came back of these types, which stay set aside where others get an offer."""
    return sum(came_back.get(type_number, 0) for type_number in types)


def _usable(left: Mapping[int | None, int], entry: Entry, not_its: Collection[int | None]) -> int:
    """Return how many of the tickets left a party can use. One for any type uses none of the types in `not_its`."""
    if entry.type_number:
        return min(left[None], left.get(entry.type_number, 0))
    return max(0, left[None] - sum(left.get(each, 0) for each in not_its if each))
