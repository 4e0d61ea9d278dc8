"""The sale protocol, small enough to be explored whole: one ticket, a few requests, two stores, and everything that may
go wrong between them.

A state is what the database, the hold store and every process under way know. A step is what one process does at one
store at once; between two steps of a process anything else may happen, and it may never take its next one. `explore`
visits every state that a `World` can get into and reports the shortest way to each kind of violation. A guard is a part
of the protocol that can be left out, to see what it is there for.

What each step does is told by the docstrings of `booked.ports`; their order is that of `booked.domain.services`. Left
out are bookings of several tickets, the waitlist (see `waitlist.py`), events that grow, and those that are withdrawn
for good. So are a user whose account is gone, who is refused in the very steps in which one over the limit is, and
permits that lapse and repairs that give up, since a repair may die at any moment.
"""

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal, NamedTuple

from booked.domain.model.sale.bookings import Verdict
from booked.domain.model.sale.holds import Ledger, Mismatch, Stock, disagreement

DOUBLE_SALE = "double sale"
LOST_BOOKING = "lost booking"
BROKEN_PROMISE = "broken promise"
LEAK = "leak"
HIDDEN_TICKET = "hidden ticket"
FOREIGN_TERMS = "foreign terms"

NEW_TIMELINE = 1000  # its first epoch


@dataclass(frozen=True, slots=True)
class Guards:
    """The parts of the protocol that keep it right. All are on in Booked."""

    void_fence: bool = True  # the sweep gives a claim up only once its booking id is void
    limit_fence: bool = True  # so does a request whose user is over the limit
    claim_terms: bool = True  # a claim is committed on the terms of the request that made it
    commit_epoch: bool = True  # a commit must carry the event's present epoch
    newer_flip: bool = True  # a flip to an epoch that is not newer is refused
    permit: bool = True  # so is a flip whose permit the hold store has lost
    permit_first: bool = True  # a repair has its permit before it raises the epoch
    release_number: bool = True  # a release counts once, and not after a flip that includes it
    release_at_once: bool = True  # a release that comes before the flip to its epoch counts at once
    release_kept: bool = True  # and once more with that flip, which may have read what was sold before
    settled_first: bool = True  # a cancellation settles the booking's claim before it releases
    grace: bool = True  # what was claimed in time stays held for a while when its claim is given up
    unique_index: bool = True  # the database refuses to sell a sold ticket
    run_id: bool = True  # a hold store that was restarted or replaced is noticed
    durable_commit: bool = True  # what was committed survives a power cut
    timeline: bool = True  # epochs of a promoted database are above all those that it has lost
    audit: bool = True  # the two stores' counts are compared, and repaired
    discard_epoch: bool = True  # a discard does not count once the event is installed under a newer epoch
    discard_first: bool = True  # an event is discarded before it is put on sale again
    discarded_flip: bool = True  # a flip to an epoch that was discarded is refused


@dataclass(frozen=True, slots=True)
class World:
    """Who takes part, and how often what may happen does happen.

    `requests` names a user for each request that can be under way at the same time; a user named twice is impatient.
    `onlookers` reserve and never book.
    """

    requests: tuple[str, ...] = ("ann", "ben")
    onlookers: frozenset[str] = frozenset()
    repairers: int = 1
    reserves: int = 2
    cancels: int = 0
    crashes: int = 0
    repairs: int = 0
    flushes: int = 0
    restarts: int = 0
    failovers: int = 0
    power_cuts: int = 0
    promotions: int = 0
    unknown_outcomes: int = 0
    doubled_releases: int = 0
    overruns: int = 0
    postponements: int = 0
    at_limit: frozenset[str] = frozenset()


class Claim(NamedTuple):
    booking: int
    user: str
    epoch: int
    foreign: bool = False  # whether it would be committed on the terms of a request that did not make it


class Release(NamedTuple):
    number: int
    epoch: int
    booking: int


class Ticket(NamedTuple):
    """The ticket as the hold store sees it."""

    state: Literal["free", "held", "claimed", "sold"]
    user: str = ""
    booking: int = 0
    overdue: bool = False  # the hold's time is over, and only its claim keeps it


FREE = Ticket("free")
SOLD = Ticket("sold")


class Store(NamedTuple):
    """The hold store. A cold one still has its data, but does not act on it before the next flip."""

    epoch: int
    ticket: Ticket
    released: int  # every release up to this number is part of what is here
    later: frozenset[int] = frozenset()  # release numbers that came before an earlier one did
    cold: bool = False


class Sale(NamedTuple):
    user: str
    booking: int


class Database(NamedTuple):
    epoch: int = 0
    on_sale: bool = True
    releases: int = 0
    sales: frozenset[Sale] = frozenset()  # those that stand
    booked: frozenset[int] = frozenset()  # booking ids, of bookings cancelled since too
    void: frozenset[int] = frozenset()
    first_epoch: int = 0  # of its timeline
    foreign_terms: bool = False  # whether a claim was committed on the terms of another request

    @property
    def next_epoch(self) -> int:
        return max(self.epoch + 1, self.first_epoch)


Phase = Literal[
    "start",
    "ask whether it is owned",
    "commit",
    "void",
    "give up",
    "settle",
    "await repair",
    "settle first",
    "release",
    "look whether it is off sale",
    "discard",
]


class Request(NamedTuple):
    """A call of `book` or `cancel`: what it does next, and with what."""

    user: str
    next: Phase = "start"
    claim: Claim | None = None
    release: Release | None = None
    refused: bool = False  # whether the user will be told no when this is done


class Repair(NamedTuple):
    """A repair: what it does next, whether the hold store has its permit, and what it has read."""

    next: Literal["begin", "permit", "raise", "read", "flip", "look", "check", "discard"] = "begin"
    permit: bool = False
    epoch: int = 0
    released: int = 0
    sold: bool = False


IDLE = Repair()


class Sweep(NamedTuple):
    """The sweep: nothing in hand, or a claim whose fate is decided."""

    claim: Claim | None = None
    booked: bool = False


class Chances(NamedTuple):
    """How often each thing may still happen."""

    reserves: int
    cancels: int
    crashes: int
    repairs: int
    flushes: int
    restarts: int
    failovers: int
    power_cuts: int
    promotions: int
    unknown_outcomes: int
    doubled_releases: int
    overruns: int
    postponements: int


class State(NamedTuple):
    database: Database
    store: Store | None  # None: it has lost everything
    requests: tuple[Request, ...]
    repairs: tuple[Repair, ...]
    sweep: Sweep
    left: Chances
    promised: frozenset[str] = frozenset()  # users who were given the ticket for a time that is not over
    informed: frozenset[str] = frozenset()  # users who know the ticket's id and have no final answer yet
    acknowledged: frozenset[Sale] = frozenset()  # sales that their users were told of and have not cancelled
    onlookers: frozenset[str] = frozenset()  # users who never book
    at_limit: frozenset[str] = frozenset()  # users who own as many other tickets of the event as they may
    commits: frozenset[Claim] = frozenset()  # commits on their way whose senders have lost their connection
    releases: frozenset[Release] = frozenset()  # releases on their way once more
    discards: frozenset[int] = frozenset()  # epochs of discards on their way
    discarded: int = -1  # the epoch of the last discard, as the hold store remembers it
    republishing: bool = False  # whether somebody has discarded the event and is about to put it on sale again
    kept: frozenset[Release] = frozenset()  # releases that the hold store keeps for a flip to their epoch
    news_lost: bool = False  # whether a release may never be delivered, or was of a cancellation that is lost
    replica: Store | None = None  # the hold store as a lagging replica knows it
    standby: Database | None = None  # the database as a lagging standby knows it
    unsynced: Database | None = None  # the database as its disk knows it, where that is behind


Step = tuple[str, State]


def beginning(world: World) -> State:
    """The event is on sale and installed in the hold store; nobody has done anything."""
    chances = Chances(*(getattr(world, name) for name in Chances._fields))
    return State(
        Database(),
        Store(0, FREE, 0),
        tuple(Request(user) for user in world.requests),
        (Repair(),) * world.repairers,
        Sweep(),
        chances,
        onlookers=world.onlookers,
        at_limit=world.at_limit,
    )


# The ports in miniature: what the two stores do when they are asked. Each is atomic.


def commit(state: State, claim: Claim, guards: Guards) -> tuple[Verdict, State]:
    database = state.database
    objections = {
        Verdict.BOOKED: claim.booking in database.booked,
        Verdict.VOID: claim.booking in database.void,
        Verdict.WITHDRAWN: not database.on_sale,
        Verdict.STALE_EPOCH: guards.commit_epoch
        and (claim.epoch != database.epoch or claim.epoch < database.first_epoch),
        Verdict.ALREADY_SOLD: guards.unique_index and bool(database.sales),
        Verdict.OVER_LIMIT: claim.user in state.at_limit,
    }
    for verdict, objects in objections.items():
        if objects:
            return verdict, state
    sold = database._replace(
        sales=database.sales | {Sale(claim.user, claim.booking)},
        booked=database.booked | {claim.booking},
        foreign_terms=database.foreign_terms or claim.foreign,
    )
    behind = state.unsynced if guards.durable_commit else state.unsynced or database
    return Verdict.BOOKED, state._replace(database=sold, unsynced=behind)


def void(state: State, claim: Claim, fenced: bool = True) -> tuple[bool, State]:
    """Whether the claim is booked. If it is not, it never will be, unless the fence is left out."""
    database = state.database
    if claim.booking in database.booked:
        return True, state
    if not fenced:
        return False, state
    return False, state._replace(database=database._replace(void=database.void | {claim.booking}))


def cancel(state: State, sale: Sale) -> tuple[Release, State]:
    database = state.database
    release = Release(database.releases + 1, database.epoch, sale.booking)
    closed = database._replace(releases=release.number, sales=database.sales - {sale})
    return release, state._replace(database=closed, acknowledged=state.acknowledged - {sale})


def settle(state: State, booking: int) -> State:
    store = warm(state)
    if store is None or store.ticket.booking != booking:
        return state
    return put_ticket(state, SOLD)


def abandon(state: State, booking: int, grace: bool) -> State:
    store = warm(state)
    if store is None or store.ticket.booking != booking:
        return state
    return put_ticket(state, held_again(store.ticket, grace))


def held_again(ticket: Ticket, grace: bool) -> Ticket:
    """Return the ticket without its claim. It lapses at once if its time is over and it is given no grace."""
    return FREE if ticket.overdue and not grace else Ticket("held", ticket.user)


def release(state: State, given_back: Release, guards: Guards) -> State:
    store = warm(state)
    early = store is None or given_back.epoch > store.epoch
    if early and guards.release_kept:
        state = state._replace(kept=state.kept | {given_back})
    if store is None or (early and not guards.release_at_once):
        return state
    known = given_back.number <= store.released or given_back.number in store.later
    if guards.release_number and known:
        return state
    released, later = store.released, store.later | {given_back.number}
    while released + 1 in later:
        released += 1
        later -= {released}
    ticket = FREE if store.ticket == SOLD else store.ticket
    return state._replace(store=store._replace(ticket=ticket, released=released, later=later))


def read_too_early(repair: Repair, given_back: Release) -> bool:
    return given_back.epoch >= repair.epoch and given_back.number > repair.released


def flip(state: State, repair: Repair, guards: Guards) -> tuple[bool, State]:
    """Whether the flip was accepted, and the state after it."""
    store = state.store
    too_old = store is not None and store.epoch >= repair.epoch
    discarded = state.discarded >= repair.epoch
    if (
        (guards.newer_flip and too_old)
        or (guards.discarded_flip and discarded)
        or (guards.permit and not repair.permit)
    ):
        return False, state
    held = held_again(store.ticket, guards.grace) if store is not None and store.ticket.user else FREE
    known = {given_back for given_back in state.kept if read_too_early(repair, given_back)}
    ticket = SOLD if repair.sold and not known else held
    installed = Store(repair.epoch, FREE, repair.released)
    kept = frozenset(given_back for given_back in state.kept if given_back.epoch > repair.epoch)
    counted = state._replace(store=installed)
    for given_back in sorted(known):
        counted = release(counted, given_back, guards)
    return True, put_ticket(counted._replace(kept=kept), ticket)


def discard(state: State, epoch: int, guards: Guards) -> State:
    store = state.store
    if guards.discard_epoch and store is not None and store.epoch > epoch:
        return state
    return state._replace(store=None, discarded=max(state.discarded, epoch))


# The steps: what each process may do next.


def steps(state: State, guards: Guards) -> Iterator[Step]:
    """Everything that may happen next, in words, and what it leads to."""
    yield from holding(state)
    yield from accidents(state, guards)
    yield from arrivals(state, guards)
    yield from sweeping(state, guards)
    yield from postponing(state, guards)
    for index, repair in enumerate(state.repairs):
        if repair != IDLE or state.left.repairs:
            yield from repairing(state, index, guards)
    for index, request in enumerate(state.requests):
        yield from NEXT[request.next](state, index, guards)
        if request.next != "start" and state.left.crashes:
            crashed = put_request(spend(state, "crashes"), index, Request(request.user))
            news_lost = state.news_lost or request.release is not None
            yield f"{name(state, index)} crashes", crashed._replace(news_lost=news_lost)


def holding(state: State) -> Iterator[Step]:
    store = warm(state)
    if store is not None and store.ticket == FREE and state.left.reserves:
        for user in sorted({request.user for request in state.requests} | state.onlookers):
            held = put_ticket(spend(state, "reserves"), Ticket("held", user))
            # A hold store that has not heard of it yet goes on for an event that is off sale, or that the database of
            # a new timeline knows otherwise, which is no promise.
            knows = held.database.on_sale and store.epoch >= held.database.first_epoch
            promised = held.promised | {user} if knows else held.promised
            yield f"{user} reserves", held._replace(promised=promised, informed=held.informed | {user})
    if state.store is not None and state.store.ticket.state == "held":
        user = state.store.ticket.user
        yield f"{user}'s hold lapses", put_ticket(state, FREE)._replace(promised=state.promised - {user})
    if store is not None and store.ticket.state == "claimed" and not store.ticket.overdue and state.left.overruns:
        overdue = put_ticket(spend(state, "overruns"), store.ticket._replace(overdue=True))
        yield f"{store.ticket.user}'s time is over amid booking", overdue


def accidents(state: State, guards: Guards) -> Iterator[Step]:
    left, store = state.left, state.store
    if left.flushes and store is not None:
        emptied = spend(state, "flushes")._replace(store=None, promised=frozenset(), discarded=-1, kept=frozenset())
        yield "the hold store loses everything", void_permits(emptied)
    if left.restarts and store is not None and guards.run_id:
        restarted = spend(state, "restarts")._replace(store=store._replace(cold=True))
        yield "the hold store restarts", void_permits(restarted)
    if left.failovers and store is not None and state.replica is None:
        yield "(from here on the replica lags)", state._replace(replica=store)
    if left.failovers and store is not None and state.replica not in (None, store):
        assert state.replica is not None
        lagging = state.replica._replace(cold=guards.run_id)
        failed_over = spend(state, "failovers")._replace(
            store=lagging, replica=None, promised=frozenset(), discarded=-1, kept=frozenset()
        )
        yield "the lagging replica takes over", void_permits(failed_over) if guards.run_id else failed_over
    if left.promotions and state.standby is None:
        yield "(from here on the standby lags)", state._replace(standby=state.database)
    if left.promotions and state.standby not in (None, state.database):
        yield "the lagging standby takes over", promote(spend(state, "promotions"), guards)
    if state.unsynced is not None:
        yield "the database's disk catches up", state._replace(unsynced=None)
        if left.power_cuts:
            yield "a power cut", spend(state, "power_cuts")._replace(database=state.unsynced, unsynced=None)
    for user in sorted(state.at_limit):
        yield f"{user} cancels another ticket", state._replace(at_limit=state.at_limit - {user})


def promote(state: State, guards: Guards) -> State:
    """The state with the standby for a database. What it never heard of is lost, and so are answers about that."""
    assert state.standby is not None
    database = state.standby._replace(first_epoch=NEW_TIMELINE if guards.timeline else 0)
    requests = (
        Request(request.user)
        if request.next == "settle" and claim_of(request).booking not in database.booked
        else request
        for request in state.requests
    )
    return state._replace(
        database=database,
        standby=None,
        news_lost=True,
        requests=tuple(requests),
        commits=frozenset(),  # their connections end with the server
        promised=frozenset(),
        acknowledged=frozenset(sale for sale in state.acknowledged if sale.booking in database.booked),
    )


def arrivals(state: State, guards: Guards) -> Iterator[Step]:
    for claim in sorted(state.commits):
        verdict, decided = commit(state, claim, guards)
        yield f"{claim.user}'s lost commit arrives: {said(verdict)}", decided._replace(commits=state.commits - {claim})
    for late in sorted(state.releases):
        arrived = release(state, late, guards)._replace(releases=state.releases - {late})
        yield f"release {late.number} arrives once more", arrived
    for epoch in sorted(state.discards):
        yield (
            f"the discard of epoch {epoch} arrives",
            discard(state, epoch, guards)._replace(discards=state.discards - {epoch}),
        )


def sweeping(state: State, guards: Guards) -> Iterator[Step]:
    claim, store = state.sweep.claim, warm(state)
    if claim is None:
        if store is not None and store.ticket.state == "claimed":
            stale = Claim(store.ticket.booking, store.ticket.user, store.epoch)
            booked, decided = void(state, stale, guards.void_fence)
            finding = "booked" if booked else "void from now on" if guards.void_fence else "not booked"
            yield f"the sweep finds booking {stale.booking} {finding}", decided._replace(sweep=Sweep(stale, booked))
        return
    done = state._replace(sweep=Sweep())
    yield "the sweep dies", done
    if store is not None and state.sweep.booked:
        yield f"the sweep settles claim {claim.booking}", settle(done, claim.booking)
    elif store is not None:
        yield f"the sweep abandons claim {claim.booking}", abandon(done, claim.booking, guards.grace)


def postponing(state: State, guards: Guards) -> Iterator[Step]:
    database = state.database
    if database.on_sale:
        if state.left.postponements:
            off_sale = database._replace(on_sale=False, epoch=database.next_epoch)
            yield (
                f"the event is postponed in epoch {off_sale.epoch}",
                spend(state, "postponements")._replace(
                    database=off_sale, discards=state.discards | {off_sale.epoch}, promised=frozenset()
                ),
            )
    elif guards.discard_first and not state.republishing:
        forgotten = discard(state, database.epoch, guards)._replace(republishing=True)
        yield f"epoch {database.epoch} is discarded before the event is put on sale again", forgotten
    else:
        on_sale = database._replace(on_sale=True)
        yield "the event is put on sale again", state._replace(database=on_sale, republishing=False)


def repairing(state: State, index: int, guards: Guards) -> Iterator[Step]:
    repair, database, who = state.repairs[index], state.database, repairer(index)
    done = put_repair(state, index, IDLE)
    match repair.next:
        case "begin" if state.left.repairs:
            first = permitting if guards.permit_first else raising
            yield first(spend(state, "repairs"), index, guards)
        case "permit":
            yield permitting(state, index, guards)
        case "raise" | "read" if not database.on_sale:
            yield f"{who} finds the event off sale", done
        case "raise":
            yield raising(state, index, guards)
        case "read":
            found = Repair("flip", repair.permit, database.epoch, database.releases, bool(database.sales))
            yield f"{who} reads: {'sold' if found.sold else 'not sold'}", put_repair(state, index, found)
        case "flip":
            flipped, after = flip(done, repair, guards)
            if flipped:
                may_be_off_sale = state.left.postponements or not database.on_sale
                flipped_to = put_repair(after, index, Repair("check")) if may_be_off_sale else after
                yield f"{who} flips to {repair.epoch}", flipped_to
            else:
                yield f"{who} is refused the flip to {repair.epoch}", put_repair(state, index, Repair("look"))
        case "look" if warm(state) is None:
            yield f"{who} starts over", put_repair(state, index, Repair("permit" if guards.permit_first else "raise"))
        case "look":
            yield f"{who} finds the event installed", done
        case "check" | "discard":
            yield checking(state, index, guards)
    if repair != IDLE:
        yield f"{who} dies", done


def checking(state: State, index: int, guards: Guards) -> Step:
    """The event was installed, and may have been taken off sale after the repair had read what is sold."""
    repair, database, who = state.repairs[index], state.database, repairer(index)
    done = put_repair(state, index, Repair())
    if repair.next == "discard":
        return f"{who} discards epoch {repair.epoch}", discard(done, repair.epoch, guards)
    if database.on_sale:
        return f"{who} finds the event on sale", done
    off_sale = Repair("discard", epoch=database.epoch)
    return f"{who} finds the event off sale after its flip", put_repair(state, index, off_sale)


def permitting(state: State, index: int, guards: Guards) -> Step:
    following = Repair("raise" if guards.permit_first else "read", permit=True)
    return f"{repairer(index)} is permitted to flip", put_repair(state, index, following)


def raising(state: State, index: int, guards: Guards) -> Step:
    raised = state._replace(database=state.database._replace(epoch=state.database.next_epoch))
    following = state.repairs[index]._replace(next="read" if guards.permit_first else "permit")
    return f"{repairer(index)} raises the epoch to {raised.database.epoch}", put_repair(raised, index, following)


def starting(state: State, index: int, guards: Guards) -> Iterator[Step]:
    if state.requests[index].user in state.informed:
        yield from claiming(state, index, guards)
    yield from cancelling(state, index, guards)


def claiming(state: State, index: int, guards: Guards) -> Iterator[Step]:
    store, request = warm(state), state.requests[index]
    if store is None:
        return
    user, ticket, who = request.user, store.ticket, name(state, index)
    if ticket.state == "held" and ticket.user == user:
        booking = unused_booking(state)
        claimed = put_ticket(state, Ticket("claimed", user, booking))
        committing = Request(user, "commit", Claim(booking, user, store.epoch))
        yield f"{who} claims as booking {booking}", put_request(claimed, index, committing)
    elif ticket.state == "claimed" and ticket.user == user:
        committing = Request(user, "commit", Claim(ticket.booking, user, store.epoch, foreign=not guards.claim_terms))
        yield f"{who} is given claim {ticket.booking}, which is under way", put_request(state, index, committing)
    elif ticket.user:
        yield refuse(state, index, "the ticket is somebody else's")
    else:
        yield f"{who} finds no hold", put_request(state, index, Request(user, "ask whether it is owned"))


def asking(state: State, index: int, _: Guards) -> Iterator[Step]:
    """The ticket is not held: perhaps it is owned already, and this is the second request for it."""
    own = {sale for sale in state.database.sales if sale.user == state.requests[index].user}
    yield acknowledge(state, index, own.pop()) if own else refuse(state, index, "no hold")


AFTER: dict[Verdict, Phase] = {
    Verdict.BOOKED: "settle",
    Verdict.VOID: "give up",
    Verdict.STALE_EPOCH: "await repair",
    Verdict.ALREADY_SOLD: "await repair",
    Verdict.WITHDRAWN: "look whether it is off sale",
    Verdict.OVER_LIMIT: "void",
}
REFUSALS = {Verdict.ALREADY_SOLD, Verdict.OVER_LIMIT}


def committing(state: State, index: int, guards: Guards) -> Iterator[Step]:
    request, who = state.requests[index], name(state, index)
    claim = claim_of(request)
    verdict, decided = commit(state, claim, guards)
    following = request._replace(next=AFTER[verdict], refused=request.refused or verdict in REFUSALS)
    if verdict is Verdict.OVER_LIMIT and not guards.limit_fence:
        following = following._replace(next="give up")
    yield f"{who} commits booking {claim.booking}: {said(verdict)}", put_request(decided, index, following)
    if state.left.unknown_outcomes:
        lost = spend(state, "unknown_outcomes")._replace(commits=state.commits | {claim})
        yield f"{who} loses the connection while committing", lost


def voiding(state: State, index: int, _: Guards) -> Iterator[Step]:
    request, claim = state.requests[index], claim_of(state.requests[index])
    booked, decided = void(state, claim)
    following = request._replace(next="settle", refused=False) if booked else request._replace(next="give up")
    words = "finds it booked" if booked else "voids it"
    yield f"{name(state, index)} is over the limit and {words}", put_request(decided, index, following)


def giving_up(state: State, index: int, guards: Guards) -> Iterator[Step]:
    store = warm(state)
    if store is None:
        return
    request, claim = state.requests[index], claim_of(state.requests[index])
    if request.refused:
        # A refused user is promised nothing beyond the hold's own time.
        over = store.ticket.overdue and store.ticket.booking == claim.booking
        promised = state.promised - {request.user} if over else state.promised
        yield refuse(abandon(state, claim.booking, grace=False)._replace(promised=promised), index, "over the limit")
    else:
        again = put_request(abandon(state, claim.booking, guards.grace), index, Request(request.user))
        yield f"{name(state, index)} abandons claim {claim.booking}", again


def awaiting_repair(state: State, index: int, guards: Guards) -> Iterator[Step]:
    store, request = warm(state), state.requests[index]
    if store is None or store.epoch <= claim_of(request).epoch:
        return
    if request.refused:
        yield refuse(state, index, "sold")
    else:
        yield from claiming(state, index, guards)


def settling(state: State, index: int, _: Guards) -> Iterator[Step]:
    claim = claim_of(state.requests[index])
    yield acknowledge(settle(state, claim.booking), index, Sale(claim.user, claim.booking))


def cancelling(state: State, index: int, guards: Guards) -> Iterator[Step]:
    user = state.requests[index].user
    if not state.left.cancels:
        return
    for sale in sorted(state.database.sales):
        if sale.user == user:
            given_back, cancelled = cancel(spend(state, "cancels"), sale)
            cancelled = cancelled._replace(promised=state.promised - {user})
            first: Literal["settle first", "release"] = "settle first" if guards.settled_first else "release"
            request = Request(user, first, release=given_back)
            yield f"{name(state, index)} cancels: release {given_back.number}", put_request(cancelled, index, request)


def settling_first(state: State, index: int, _: Guards) -> Iterator[Step]:
    request, booking = state.requests[index], release_of(state.requests[index]).booking
    settled = put_request(settle(state, booking), index, request._replace(next="release"))
    yield f"{name(state, index)} settles booking {booking}", settled


def releasing(state: State, index: int, guards: Guards) -> Iterator[Step]:
    request = state.requests[index]
    given_back = release_of(request)
    done = put_request(release(state, given_back, guards), index, Request(request.user))
    yield f"{name(state, index)} delivers release {given_back.number}", done
    if state.left.doubled_releases:
        doubled = spend(done, "doubled_releases")._replace(releases=done.releases | {given_back})
        yield f"{name(state, index)} delivers release {given_back.number}, and once more later", doubled


def looking(state: State, index: int, _: Guards) -> Iterator[Step]:
    request, database = state.requests[index], state.database
    if database.on_sale:
        yield f"{name(state, index)} finds the event on sale again", put_request(state, index, Request(request.user))
    else:
        late = claim_of(request)._replace(epoch=database.epoch)
        off_sale = put_request(state, index, request._replace(next="discard", claim=late))
        yield f"{name(state, index)} finds the event off sale", off_sale


def discarding(state: State, index: int, guards: Guards) -> Iterator[Step]:
    epoch = claim_of(state.requests[index]).epoch
    words, told = refuse(discard(state, epoch, guards), index, "off sale")
    yield f"{name(state, index)} discards epoch {epoch}; {words}", told


NEXT: dict[Phase, Callable[[State, int, Guards], Iterator[Step]]] = {
    "start": starting,
    "ask whether it is owned": asking,
    "commit": committing,
    "void": voiding,
    "give up": giving_up,
    "settle": settling,
    "await repair": awaiting_repair,
    "settle first": settling_first,
    "release": releasing,
    "look whether it is off sale": looking,
    "discard": discarding,
}


def acknowledge(state: State, index: int, sale: Sale) -> Step:
    user = state.requests[index].user
    answered = put_request(state, index, Request(user))
    return f"{name(state, index)} is told: booked", answered._replace(
        acknowledged=state.acknowledged | {sale},
        promised=state.promised - {user},
        informed=state.informed - {user},
    )


def refuse(state: State, index: int, reason: str) -> Step:
    user = state.requests[index].user
    answered = put_request(state, index, Request(user))
    return f"{name(state, index)} is told: {reason}", answered._replace(informed=state.informed - {user})


# Small words.


def warm(state: State) -> Store | None:
    """The hold store, where it acts."""
    return None if state.store is None or state.store.cold else state.store


def spend(state: State, chance: str) -> State:
    return state._replace(left=state.left._replace(**{chance: getattr(state.left, chance) - 1}))


def put_ticket(state: State, ticket: Ticket) -> State:
    assert state.store is not None
    return state._replace(store=state.store._replace(ticket=ticket))


def put_request(state: State, index: int, request: Request) -> State:
    return state._replace(requests=(*state.requests[:index], request, *state.requests[index + 1 :]))


def put_repair(state: State, index: int, repair: Repair) -> State:
    return state._replace(repairs=(*state.repairs[:index], repair, *state.repairs[index + 1 :]))


def void_permits(state: State) -> State:
    return state._replace(repairs=tuple(repair._replace(permit=False) for repair in state.repairs))


def claim_of(request: Request) -> Claim:
    assert request.claim is not None
    return request.claim


def release_of(request: Request) -> Release:
    assert request.release is not None
    return request.release


def name(state: State, index: int) -> str:
    user = state.requests[index].user
    again = any(request.user == user for request in state.requests[:index])
    return f"{user} (second request)" if again else user


def repairer(index: int) -> str:
    return "a repair" if index == 0 else "another repair"


def said(verdict: Verdict) -> str:
    return verdict.name.lower().replace("_", " ")


def unused_booking(state: State) -> int:
    known = mentioned(state)
    return next(booking for booking in range(1, len(known) + 2) if booking not in known)


def mentioned(state: State) -> set[int]:
    """The booking ids that anybody could still name."""
    claims = [request.claim for request in state.requests] + [state.sweep.claim, *state.commits]
    releases = [request.release for request in state.requests]
    tickets = [store.ticket for store in (state.store, state.replica) if store is not None]
    databases = [database for database in (state.database, state.unsynced, state.standby) if database is not None]
    sales = [sale for database in databases for sale in database.sales] + list(state.acknowledged)
    return {known.booking for known in [*claims, *releases, *tickets, *sales] if known is not None}


def tidy(state: State) -> State:
    """The state that stands for all from which the same can follow."""
    return alike(without_the_unasked(state))


def without_the_unasked(state: State) -> State:
    """The state without the outcomes of bookings that nobody can ask for any more."""
    database = state.database
    resolved = database.booked | database.void
    if resolved and not resolved <= (known := mentioned(state)):
        database = database._replace(booked=database.booked & known, void=database.void & known)
        return state._replace(database=database)
    return state


def alike(state: State) -> State:
    """The state with repairs, and requests of one user, in an order of their own.

    Each does the same under the name of another, so it makes no difference which of them is how far.
    """
    repairs = tuple(sorted(state.repairs, reverse=True))
    if repairs != state.repairs:
        state = state._replace(repairs=repairs)
    for index, (request, following) in enumerate(pairwise(state.requests)):
        if request.user == following.user and progress(request) < progress(following):
            state = put_request(put_request(state, index, following), index + 1, request)
    return state


def progress(request: Request) -> tuple[object, ...]:
    """How far a request is, to be compared with others of its user."""
    return request.next, request.claim or (), request.release or (), request.refused


# What must never be.


def violations(state: State, guards: Guards) -> Iterator[str]:
    if sold_twice(state):
        yield DOUBLE_SALE
    if lost_a_booking(state):
        yield LOST_BOOKING
    if broke_a_promise(state):
        yield BROKEN_PROMISE
    if at_rest(state) and leaks(state, guards):
        yield LEAK
    if hides_a_ticket(state):
        yield HIDDEN_TICKET
    if state.database.foreign_terms:
        yield FOREIGN_TERMS


def sold_twice(state: State) -> bool:
    return len(state.database.sales) > 1


def lost_a_booking(state: State) -> bool:
    """Whether a booking that its user was told of is not in the database's history."""
    return any(sale.booking not in state.database.booked for sale in state.acknowledged)


def broke_a_promise(state: State) -> bool:
    """Whether a user whose hold has not lapsed would be told no."""
    return any(not keeps_promise(state, user) for user in state.promised)


def keeps_promise(state: State, user: str) -> bool:
    if state.database.sales:
        return any(sale.user == user for sale in state.database.sales)
    return state.store is not None and state.store.ticket.user == user


def at_rest(state: State) -> bool:
    return (
        all(request.next == "start" for request in state.requests)
        and all(repair.next == "begin" for repair in state.repairs)
        and state.sweep.claim is None
        and not (state.commits or state.releases or state.discards or state.unsynced)
    )


def leaks(state: State, guards: Guards) -> bool:
    """Whether the hold store, once the sweep and the audit are through, still is not what the database says."""
    if not state.database.on_sale:
        return False  # nobody looks after it; it is discarded before it is put on sale again
    looked_after = upkeep(state, guards)
    store = warm(looked_after)
    if store is None:
        return False  # it is installed from the database when it is next asked
    return mismatch(looked_after) is not None or (store.ticket == SOLD) != bool(looked_after.database.sales)


def hides_a_ticket(state: State) -> bool:
    """Whether a ticket looks sold whose cancellation was confirmed."""
    store = warm(state)
    confirmed = all(request.next == "start" for request in state.requests) and not state.news_lost
    return confirmed and store is not None and store.ticket == SOLD and not state.database.sales


def upkeep(state: State, guards: Guards) -> State:
    """The state after the sweep and the audit, with nothing going on meanwhile."""
    store = warm(state)
    if store is not None and store.ticket.state == "claimed":
        claim = Claim(store.ticket.booking, store.ticket.user, store.epoch)
        booked, state = void(state, claim, guards.void_fence)
        state = settle(state, claim.booking) if booked else abandon(state, claim.booking, guards.grace)
    if guards.audit and mismatch(state) is not None:
        database = state.database._replace(epoch=state.database.next_epoch)
        found = Repair("flip", True, database.epoch, database.releases, bool(database.sales))
        _, state = flip(state._replace(database=database), found, guards)
    return state


def mismatch(state: State) -> Mismatch | None:
    """What the audit finds, by the very rule that Booked audits by."""
    store, database = warm(state), state.database
    if store is None:
        return None
    sold, held, claimed = (int(store.ticket.state == kind) for kind in ("sold", "held", "claimed"))
    epoch = max(database.epoch, database.first_epoch)
    ledger = Ledger(epoch, 1, len(database.sales), database.releases, None, 0, 0)
    stock = Stock(store.epoch, 1, sold, held, claimed, 0, sold + held + claimed, store.released)
    return disagreement(ledger, stock)


# The exploration.


@dataclass(frozen=True, slots=True)
class Exploration:
    """What a world holds: the shortest way to each kind of violation, and the words of every step ever taken."""

    states: int
    complete: bool
    traces: dict[str, list[str]]
    steps_taken: frozenset[str]


def explore(world: World, guards: Guards = Guards(), most: int = 200_000, until: str = "") -> Exploration:
    """Visit the states of a world in order of their distance from the beginning, `most` of them.

    With `until`, the name of a kind of violation, the search ends with the first of that kind.
    """
    first = beginning(world)
    came_from: dict[State, Step | None] = {first: None}
    queue, traces, taken = deque([first]), dict[str, list[str]](), set[str]()
    while queue and until not in traces:
        state = queue.popleft()
        for words, untidy in steps(state, guards):
            taken.add(words)
            if untidy in came_from:  # what is known is tidy
                continue
            following, known = tidy(untidy), len(came_from)
            came_from.setdefault(following, (words, state))
            if len(came_from) == known:
                continue
            if known >= most:
                return Exploration(known, False, traces, frozenset(taken))
            for kind in violations(following, guards):
                if kind not in traces:
                    traces[kind] = way_to(following, came_from)
            queue.append(following)
    return Exploration(len(came_from), not queue, traces, frozenset(taken))


def way_to(state: State, came_from: dict[State, Step | None]) -> list[str]:
    way = []
    while (step := came_from[state]) is not None:
        words, state = step
        way.append(words)
    return way[::-1]
