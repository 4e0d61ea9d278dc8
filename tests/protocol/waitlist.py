"""The waitlist's protocol, small enough to be explored whole: a few parties and tickets, two workers, two stores.

Read `model.py` first: states, steps and guards are the same here. Between two steps of a worker anything else may
happen, and the worker may die. What each step does is told by the docstrings of `booked.ports`. The order of the steps
is that of `OfferService.serve`, in two parts: a look at the offers, and the making of one offer. A worker here may
begin with either part, so these worlds hold more than Booked does.

A booking is one step, because `model.py` explores what may go wrong with it. Only workers tell the hold store what the
queue waits for: the word of a request may be lost. Tickets have gathered for an hour for each party, and the public
buys at once what it is given.
"""

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal, NamedTuple

TWICE = "a party is made two offers in one turn"
SERVED_AGAIN = "tickets are held for a party whose entry was booked or has lapsed"
WRONG_TICKETS = "a party is told of other tickets than are held for it"
TAKEN_AWAY = "a party loses an offer that stood"
PASSED = "the public is given what a party could use"
KEPT = "an offer stands for an entry that has ended, and nobody ends it"
FORGOTTEN = "a party is not served, and nobody will serve it"

ROUNDS = 4  # of one worker that nothing disturbs, after which all should be well


@dataclass(frozen=True, slots=True)
class Guards:
    """The parts of the protocol that keep it right. All are on in Booked."""

    offer_turn: bool = True  # a party is made one offer a turn
    offer_epoch: bool = True  # an offer is made under the epoch that was read
    epoch_first: bool = True  # and that was before the queue was
    record_turn: bool = True  # an offer is recorded in the turn that it was made in
    record_epoch: bool = True  # and while the event has the epoch that it was made under
    entry_turn: bool = True  # an entry is closed or waits again only in the turn that was seen
    new_turn: bool = True  # a party whose turn is over without a record gets another one
    ended_offer: bool = True  # an offer whose entry has ended is declined
    decline_entry: bool = True  # and only that entry's
    surplus_aside: bool = True  # surplus is returned if as many tickets are set aside as were seen
    surplus_demand: bool = True  # and if the queue waits for what it did
    later_demand: bool = True  # an older word of what the queue waits for has no effect


@dataclass(frozen=True, slots=True)
class World:
    """Parties by user and size, in their order, and how often what may happen does happen.

    `newcomers` join once; a user who has joined before joins again once the earlier entry has ended.
    """

    parties: tuple[tuple[str, int], ...] = (("ann", 1),)
    newcomers: tuple[tuple[str, int], ...] = ()
    returns: int = 1
    lapses: int = 0
    leaves: int = 0
    flushes: int = 0
    repairs: int = 0


class Offer(NamedTuple):
    """Tickets held for an entry's party, told from others by the turn and the epoch that they were offered in."""

    entry: int
    user: str
    size: int
    turn: int
    epoch: int


class Entry(NamedTuple):
    number: int
    user: str
    size: int
    turn: int
    state: Literal["waiting", "offered", "booked", "lapsed", "withdrawn"] = "waiting"
    offer: Offer | None = None  # as it is recorded

    @property
    def has_ended(self) -> bool:
        return self.state not in {"waiting", "offered"}


class Store(NamedTuple):
    """The hold store. `served` are the turns of each user's last offer, `made` all that offers were made in."""

    epoch: int
    aside: int
    waiting: int
    version: int
    offers: frozenset[Offer] = frozenset()
    served: frozenset[tuple[str, int]] = frozenset()
    made: frozenset[int] = frozenset()


class Worker(NamedTuple):
    """What a worker does next, and with what it has read."""

    next: Literal["begin", "compare", "end", "check", "decline", "count", "plan", "offer", "record", "renew", "return"]
    recorded: frozenset[Entry] = frozenset()
    entry: Entry | None = None
    offer: Offer | None = None
    queue: tuple[Entry, ...] = ()
    waiting: int = 0
    version: int = 0
    epoch: int = 0
    aside: int = 0


IDLE = Worker("begin")


class State(NamedTuple):
    entries: tuple[Entry, ...]
    version: int  # of what the queue waits for; a turn is the version that it began with
    epoch: int
    store: Store | None  # None: it has lost everything
    workers: tuple[Worker, Worker]
    newcomers: tuple[tuple[str, int], ...]
    returns: int
    lapses: int
    leaves: int
    flushes: int
    repairs: int
    came_back: int = 0
    public: int = 0  # tickets that the public has bought
    permitted: bool = False  # whether a repair has raised the epoch and may flip
    declines: frozenset[Entry] = frozenset()  # of users who left, on their way
    told: frozenset[Offer] = frozenset()  # offers that stood when their parties were told of them
    over: frozenset[Offer] = frozenset()  # offers whose time is over
    wrong: str = ""  # the violation that the last step was


Step = tuple[str, State]
Work = tuple[str, Worker, State]


def beginning(world: World) -> State:
    """All parties wait, both stores know it, and no ticket has come back yet."""
    entries = tuple(Entry(i, user, size, turn=i) for i, (user, size) in enumerate(world.parties, start=1))
    store = Store(0, 0, waited_for(entries), len(entries))
    left = (world.returns, world.lapses, world.leaves, world.flushes, world.repairs)
    return State(entries, len(entries), 0, store, (IDLE, IDLE), world.newcomers, *left)


# The ports in miniature: what the two stores do when they are asked. Each is atomic.


def put(state: State, entry: Entry) -> State:
    """Change an entry, or add it. What the queue waits for has a new version then."""
    entries = (*state.entries[: entry.number - 1], entry, *state.entries[entry.number :])
    return state._replace(entries=entries, version=state.version + 1)


def wait_again(state: State, entry: Entry) -> State:
    return put(state, entry._replace(state="waiting", turn=state.version + 1, offer=None))


def come_back(state: State, store: Store, tickets: int) -> State:
    """Set tickets aside that are free again, until there are as many as the store knows to be waited for."""
    kept = max(0, min(tickets, store.waiting - store.aside))
    return state._replace(store=store._replace(aside=store.aside + kept), public=state.public + tickets - kept)


def give_to_public(state: State, store: Store, tickets: int) -> State:
    """Give tickets to the public that were set aside.

    That is wrong if a party that the store has heard of could use them.
    """
    has_one = {offer.entry for offer in store.offers}
    queue = [entry for entry in waiting(state.entries) if entry.turn <= store.version and entry.number not in has_one]
    left = store.aside - tickets
    wrong = PASSED if sum(entry.size for entry in fitting(queue, store.aside)) > left else ""
    return state._replace(store=store._replace(aside=left), public=state.public + tickets, wrong=wrong)


def set_demand(state: State, store: Store, tickets: int, version: int, guards: Guards) -> State:
    if version <= store.version and (guards.later_demand or version == store.version):
        return state
    told = give_to_public(state, store, max(0, store.aside - tickets))
    assert told.store is not None
    return told._replace(store=told.store._replace(waiting=tickets, version=version))


def decline(state: State, store: Store, declined: Entry, guards: Guards) -> State:
    for offer in store.offers:
        if offer.user == declined.user and (offer.entry == declined.number or not guards.decline_entry):
            free = come_back(state, store._replace(offers=store.offers - {offer}), offer.size)
            return free._replace(wrong="" if entry_of(state, offer.entry).has_ended else TAKEN_AWAY)
    return state


def flip(state: State) -> State:
    """Install the event from the database. What the store has of it stays."""
    tickets, version, store = waited_for(state.entries), state.version, state.store
    if store is None:
        sold = state.public + sum(entry.size for entry in state.entries if entry.state == "booked")
        free = state.came_back - sold
        installed = Store(state.epoch, min(free, tickets), tickets, version)
        return state._replace(store=installed, public=state.public + free - installed.aside, permitted=False)
    kept = set_demand(state, store, tickets, version, Guards())
    assert kept.store is not None
    return kept._replace(store=kept.store._replace(epoch=state.epoch), permitted=False)


# The steps: what may happen next.


def steps(state: State, guards: Guards) -> Iterator[Step]:
    """Everything that may happen next, in words, and what it leads to."""
    state = state._replace(wrong="")
    yield from repairing(state)
    yield from joining_and_leaving(state)
    if state.store is not None:
        yield from happening(state, state.store, guards)
    for index, who in enumerate(("a worker", "another worker")):
        for words, following, after in working(state, state.workers[index], guards):
            workers = (following, state.workers[1]) if index == 0 else (state.workers[0], following)
            yield f"{who} {words}", after._replace(workers=workers)


def repairing(state: State) -> Iterator[Step]:
    if not state.permitted and (state.store is None or state.repairs):
        repairs = state.repairs if state.store is None else state.repairs - 1
        yield "a repair raises the epoch", state._replace(epoch=state.epoch + 1, permitted=True, repairs=repairs)
    if state.permitted:
        yield "the repair flips", flip(state)


def joining_and_leaving(state: State) -> Iterator[Step]:
    for user, size in state.newcomers:
        if all(entry.has_ended for entry in state.entries if entry.user == user):
            newcomers = tuple(newcomer for newcomer in state.newcomers if newcomer != (user, size))
            entry = Entry(len(state.entries) + 1, user, size, state.version + 1)
            yield f"{user} joins", put(state._replace(newcomers=newcomers), entry)
    for entry in state.entries:
        if state.leaves and not entry.has_ended:
            declines = state.declines | {entry}
            told = frozenset(offer for offer in state.told if offer.entry != entry.number)
            left = state._replace(leaves=state.leaves - 1, declines=declines, told=told)
            yield f"{entry.user} leaves", put(left, entry._replace(state="withdrawn"))


def happening(state: State, store: Store, guards: Guards) -> Iterator[Step]:
    """What people, time and accidents do to the hold store."""
    if state.returns:
        counted = state._replace(returns=state.returns - 1, came_back=state.came_back + 1)
        yield "a ticket comes back", come_back(counted, store, 1)
    if state.flushes:
        lost = state._replace(flushes=state.flushes - 1, store=None, permitted=False, told=frozenset())
        yield "the hold store loses everything", lost
    for entry in sorted(state.declines, key=lambda entry: entry.number):
        heard = state._replace(declines=state.declines - {entry})
        yield f"the hold store hears that {entry.user} has left", decline(heard, store, entry, guards)
    for offer in sorted(store.offers):
        entry = entry_of(state, offer.entry)
        gone = store._replace(offers=store.offers - {offer})
        after = state._replace(store=gone, told=state.told - {offer})
        if not entry.has_ended and store.epoch == state.epoch:
            yield f"{offer.user} books", put(after, entry._replace(state="booked", offer=None))
        if state.lapses:
            lapsed = after._replace(lapses=state.lapses - 1, over=state.over | {offer})
            yield f"{offer.user}'s offer lapses", come_back(lapsed, gone, offer.size)


def working(state: State, worker: Worker, guards: Guards) -> Iterator[Work]:
    """What a worker may do next, what it does then, and the state after it."""
    store, entry = state.store, worker.entry
    if worker != IDLE:
        yield "dies, and another one takes its place", IDLE, state
    match worker.next:
        case "begin":
            yield from begin(state, guards)
        case "compare" if store:
            yield from compare(state, store, worker, guards)
        case "end" if entry:
            yield end(state, entry, guards)
        case "check" if entry:
            yield check(state, entry)
        case "decline" if store and entry:
            yield f"declines the offer of {entry.user}", IDLE, decline(state, store, entry, guards)
        case "count" if store:
            yield count(state, store, worker, guards)
        case "plan":
            yield from plan(state, worker._replace(queue=waiting(state.entries)))
        case "offer" if store and entry:
            yield make_offer(state, store, worker, entry, guards)
        case "record" if entry and worker.offer:
            yield record(state, worker, entry, worker.offer, guards)
        case "renew" if entry:
            waits = guards.new_turn and entry_of(state, entry.number) == entry
            yield f"gives {entry.user} a new turn", IDLE, wait_again(state, entry) if waits else state
        case "return" if store:
            yield return_surplus(state, store, worker, guards)


def begin(state: State, guards: Guards) -> Iterator[Work]:
    recorded = frozenset(entry for entry in state.entries if entry.state == "offered")
    if recorded or (state.store is not None and state.store.offers):
        yield "reads which offers are recorded", Worker("compare", recorded), state
    queue = () if guards.epoch_first else waiting(state.entries)
    reading = Worker("count", queue=queue, waiting=waited_for(state.entries), version=state.version)
    yield f"reads that {reading.waiting} are waited for", reading, state


def compare(state: State, store: Store, worker: Worker, guards: Guards) -> Iterator[Work]:
    standing = {offer.entry for offer in store.offers}
    recorded = {entry.number: entry for entry in worker.recorded}
    missing = [recorded[number] for number in sorted(recorded.keys() - standing)]
    unread = [entry_of(state, number) for number in sorted(standing - recorded.keys()) if guards.ended_offer]
    for entry in missing:
        yield f"misses the offer to {entry.user}", Worker("end", entry=entry), state
    for entry in unread:
        yield f"finds an offer to {entry.user} that it has not read of", Worker("check", entry=entry), state
    if not missing and not unread:
        yield "finds the offers that it has read of", IDLE, state


def end(state: State, seen: Entry, guards: Guards) -> Work:
    """Close the entry of an offer that does not stand, or let it wait again if the offer was lost before its time."""
    entry = entry_of(state, seen.number)
    if entry.state != "offered" or (guards.entry_turn and entry.turn != seen.turn):
        return f"is late to end the offer to {seen.user}", IDLE, state
    if seen.offer in state.over:
        return f"closes the entry of {seen.user}", IDLE, put(state, entry._replace(state="lapsed", offer=None))
    return f"lets {seen.user} wait again", IDLE, wait_again(state, entry)


def check(state: State, seen: Entry) -> Work:
    if entry_of(state, seen.number).has_ended:
        return f"finds that {seen.user} does not wait", Worker("decline", entry=seen), state
    return f"leaves the offer to {seen.user} alone", IDLE, state


def count(state: State, store: Store, worker: Worker, guards: Guards) -> Work:
    """Tell the hold store what is waited for, and read its epoch and what it has set aside."""
    told = set_demand(state, store, worker.waiting, worker.version, guards)
    assert told.store is not None
    counted = worker._replace(next="plan", epoch=store.epoch, aside=told.store.aside)
    if not guards.epoch_first:
        planned = next(plan(told, counted))
        return f"counts {counted.aside} set aside and {planned[0]}", *planned[1:]
    return f"counts {counted.aside} set aside", counted, told


def plan(state: State, worker: Worker) -> Iterator[Work]:
    offers = fitting(worker.queue, worker.aside)
    for entry in offers:
        yield f"plans an offer to {entry.user}", Worker("offer", entry=entry, epoch=worker.epoch), state
    if worker.aside and not offers:
        seen = Worker("return", version=worker.version, epoch=worker.epoch, aside=worker.aside)
        yield f"plans to return {worker.aside}", seen, state
    if not worker.aside:
        yield "has nothing to offer", IDLE, state


def make_offer(state: State, store: Store, worker: Worker, entry: Entry, guards: Guards) -> Work:
    user = entry.user
    if guards.offer_epoch and worker.epoch != store.epoch:
        return f"is late to offer {user} tickets: the epoch is another one", IDLE, state
    for offer in store.offers:
        if offer.entry == entry.number:
            return f"is given the offer that {user} has", worker._replace(next="record", offer=offer), state
    if guards.offer_turn and any(of == user and turn >= entry.turn for of, turn in store.served):
        return f"is late to offer {user} tickets: the turn is over", Worker("renew", entry=entry), state
    if entry.size > store.aside:
        return f"has too few tickets for {user}", IDLE, state
    offer = Offer(entry.number, user, entry.size, entry.turn, store.epoch)
    # An offer of an earlier entry is forgotten with its holds, which lapse by themselves.
    strays = sum(other.size for other in store.offers if other.user == user)
    held = store._replace(
        aside=store.aside - entry.size,
        offers=frozenset(other for other in store.offers if other.user != user) | {offer},
        served=frozenset(pair for pair in store.served if pair[0] != user) | {(user, entry.turn)},
        made=store.made | {entry.turn},
    )
    after = come_back(state, held, strays)._replace(wrong=TWICE if entry.turn in store.made else "")
    return f"offers {user} tickets", worker._replace(next="record", offer=offer), after


def record(state: State, worker: Worker, seen: Entry, offer: Offer, guards: Guards) -> Work:
    entry = entry_of(state, seen.number)
    late = guards.record_turn and entry.turn != seen.turn
    past = guards.record_epoch and worker.epoch != state.epoch
    if entry.state != "waiting" or late or past:
        checked = Worker("check", entry=seen) if guards.ended_offer else IDLE
        return f"is late to record the offer to {seen.user}", checked, state
    stands = state.store is not None and offer in state.store.offers
    recorded = put(state, entry._replace(state="offered", offer=offer))
    told = state.told | {offer} if stands else state.told
    return f"records the offer to {seen.user} and tells them", IDLE, recorded._replace(told=told)


def return_surplus(state: State, store: Store, worker: Worker, guards: Guards) -> Work:
    if (
        worker.epoch != store.epoch  # Booked compares this too; nothing is known to go wrong without it.
        or (guards.surplus_aside and worker.aside != store.aside)
        or (guards.surplus_demand and worker.version != store.version)
    ):
        return f"is late to return {worker.aside}", IDLE, state
    returned = min(worker.aside, store.aside)
    return f"returns {returned} to the public", IDLE, give_to_public(state, store, returned)


# Small words.


def entry_of(state: State, number: int) -> Entry:
    return state.entries[number - 1]


def waiting(entries: Iterable[Entry]) -> tuple[Entry, ...]:
    return tuple(entry for entry in entries if entry.state == "waiting")


def waited_for(entries: Iterable[Entry]) -> int:
    return sum(entry.size for entry in waiting(entries))


def fitting(queue: Iterable[Entry], tickets: int) -> list[Entry]:
    """The parties that this many tickets are enough for, first come, first served."""
    offers = []
    for entry in queue:
        if entry.size <= tickets:
            offers.append(entry)
            tickets -= entry.size
    return offers


# What must never be.


def violations(state: State, guards: Guards) -> Iterator[str]:
    if state.wrong:
        yield state.wrong
    for offer in state.store.offers if state.store else ():
        entry = entry_of(state, offer.entry)
        if entry.state in {"booked", "lapsed"}:
            yield SERVED_AGAIN
        if entry.offer not in {None, offer}:
            yield WRONG_TICKETS
        if offer in state.told and entry.state != "offered":
            yield TAKEN_AWAY
    if state.workers == (IDLE, IDLE) and not state.declines:
        yield from left_undone(after_rounds(state, guards))


def after_rounds(state: State, guards: Guards) -> State:
    """The state once a repair and some rounds of one worker are through, with nothing going on meanwhile."""
    if state.store is None:
        state = state._replace(epoch=state.epoch + 1)
    if state.store is None or state.permitted:
        state = flip(state)
    for _ in range(ROUNDS):
        before = state
        for part in 0, -1:  # a look at the offers, where there are any, and the making of one
            _, worker, state = list(begin(state, guards))[part]
            while worker != IDLE:
                _, worker, state = list(working(state, worker, guards))[1]  # the first would be to die
        if state == before:
            break
    return state


def left_undone(state: State) -> Iterator[str]:
    store = state.store
    assert store is not None
    if any(entry_of(state, offer.entry).has_ended for offer in store.offers):
        yield KEPT
    lost = any(entry.state == "offered" and entry.offer not in store.offers for entry in state.entries)
    unknown = store.waiting < waited_for(state.entries)
    if lost or unknown or fitting(waiting(state.entries), store.aside):
        yield FORGOTTEN


# The exploration.


@dataclass(frozen=True, slots=True)
class Exploration:
    """What a world holds: the shortest way to each kind of violation, and the words of every step ever taken."""

    states: int
    complete: bool
    traces: dict[str, list[str]]
    steps_taken: frozenset[str]


def explore(world: World, guards: Guards = Guards(), most: int = 60_000, until: str = "") -> Exploration:
    """Visit the states of a world in order of their distance from the beginning, `most` of them.

    With `until`, the name of a kind of violation, the search ends with the first of that kind.
    """
    first = beginning(world)
    came_from: dict[State, Step | None] = {first: None}
    queue, traces, taken = deque([first]), dict[str, list[str]](), set[str]()
    while queue and until not in traces:
        state = queue.popleft()
        for words, following in steps(state, guards):
            taken.add(words)
            if following in came_from:
                continue
            if len(came_from) >= most:
                return Exploration(len(came_from), False, traces, frozenset(taken))
            came_from[following] = (words, state)
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
