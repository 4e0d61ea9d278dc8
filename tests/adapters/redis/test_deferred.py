"""Writes that a step defers to its end: no call can tell whether it shares its step with others."""

import re
from collections.abc import Iterator, Sequence
from time import time
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from redis import Redis

from booked.adapters.redis.scripts import text_for
from booked.adapters.redis.steps import Call, Group, Step
from tests.builders import an_event_id
from tests.guards import Guards

SEATS = 6
TTL = 600_000
MARK = "the server"
SALES = ("ticket_limit", "opens", "closes", "sold", "held", "claimed", "released")
WAITLIST = ("aside", "waiting", "waiting_version")
META: dict[str, Any] = dict.fromkeys((*SALES, *WAITLIST, "hint"), 0)
META |= {"run": MARK, "epoch": 1, "capacity": SEATS, "generation": "first"}

HOLD = re.compile(r"\d+:.+")
Wish = tuple[Any, ...]
RESERVE: Wish = ("reserve", "ann", 2, TTL, 0, "", [], [], [], 0)
CLAIM: Wish = ("claim", "ann", "b1", "", 1)

users = st.sampled_from(["ann", "ben", "ann", "ben", "house"])
bookings = st.sampled_from(["b1", "b2", "b3"])
marks = st.sampled_from(["r1", "r2"])
numbers = st.lists(st.integers(1, SEATS), min_size=1, max_size=2, unique=True).map(sorted)
rushed: st.SearchStrategy[Wish] = st.one_of(
    st.tuples(
        st.just("reserve"),
        users,
        st.integers(1, 3),
        st.just(TTL),
        st.sampled_from([0, 3]),
        st.sampled_from(["", "0,60000"]),
        st.sampled_from([[], [[1, 2], [3, 6]]]),
        st.just([]),
        st.sampled_from([[], [[2, [1, 4]]]]),
        st.sampled_from([0, 0, SEATS, SEATS - 1]),
    ),
    st.tuples(users, bookings, numbers).map(lambda claim: ("claim", claim[0], claim[1], "terms", *claim[2])),
    st.tuples(st.just("settle"), bookings),
    st.just(("available", "this event")),
)
others: st.SearchStrategy[Wish] = st.one_of(
    st.tuples(st.just("abandon"), bookings, st.sampled_from([0, 2 * TTL])),
    st.tuples(users, st.integers(1, 3), numbers).map(lambda back: ("release", back[0], 1, back[1], TTL, *back[2])),
    st.tuples(users, marks).map(
        lambda made: ("make_reservation", *made, ["any", 2, []], "", TTL, "", "", 0, 0, "", [])
    ),
    st.tuples(st.just("give_back"), users, marks, st.just(10)),
    st.tuples(users, st.integers(1, 9)).map(lambda made: ("offer", made[0], "e1", 1, TTL, 1, made[1], [])),
    st.tuples(st.just("decline"), users, st.just("e1")),
    st.tuples(st.just("set_demand"), st.integers(0, 2), st.integers(1, 9)),
    st.sampled_from([("stock",), ("inspect",), ("funnel",), ("stale_claims", 0), ("offers",)]),
)
# Between two steps, holds on some tickets lapse.
steps = st.lists(
    st.tuples(st.lists(rushed | rushed | others, min_size=1, max_size=12), numbers | st.just([])), max_size=4
)


class Event:
    """An event of which two are the same as long as the same happens to them, apart from their ids and the time."""

    def __init__(self, server: Any) -> None:
        self.id = an_event_id()
        self.server = server
        self._began = int(time() * 1000)
        server.hset(f"meta:{{{self.id}}}", mapping=META)

    def run(self, wishes: Sequence[Wish]) -> list[Any]:
        """Make these calls in one step. Return their replies."""
        [replies] = in_one_step((self, wishes))
        return replies

    def group(self, wishes: Sequence[Wish]) -> Group:
        group = Group(self.id)
        for index, (script, *arguments) in enumerate(wishes):
            group.add(index, Call(script, self.id, [self._told(argument) for argument in arguments]))
        return group

    def lapse(self, numbers: Sequence[int]) -> None:
        expiry = f"expiry:{{{self.id}}}"
        for member in self.server.zrange(expiry, 0, -1):
            if int(member.partition(b":")[0]) in numbers:
                self.server.zadd(expiry, {member: self._began - 120_000})

    def everything(self) -> dict[str, Any]:
        """Return all keys with what they hold."""
        return {self.plain(key): self.plain(self._value_of(key)) for key in self.server.keys(f"*{{{self.id}}}*")}

    def _value_of(self, key: bytes) -> Any:
        match self.server.type(key):
            case b"hash":
                return sorted(self.server.hgetall(key).items())
            case b"zset":
                return sorted(self.server.zrange(key, 0, -1, withscores=True))
            case b"set":
                return sorted(self.server.smembers(key))
            case _:
                left = self.server.pttl(key)
                return [self.server.get(key), left + self._began if left > 0 else left]

    def _told(self, argument: Any) -> Any:
        return self.id if argument in ("house", "this event") else argument

    def plain(self, value: Any) -> Any:
        if isinstance(value, list | tuple):
            plain = [self.plain(each) for each in value]
            # Holds come by their deadlines: the same for all of a step, and milliseconds apart for those of others.
            return sorted(plain) if all(isinstance(each, str) and HOLD.fullmatch(each) for each in plain) else plain
        if isinstance(value, float):
            value = round(value)
        text = value.decode("latin-1") if isinstance(value, bytes) else str(value)
        text = text.replace(self.id, "EVENT").replace(self.id[:28], "EVENT")
        return re.sub(r"\d{13}", lambda ms: f"in {round((int(ms[0]) - self._began) / 60_000)} minutes", text)


def in_one_step(*events: tuple[Event, Sequence[Wish]]) -> list[list[Any]]:
    """Make these calls for some events in one step. Return the replies of each event."""
    step, server = Step(), events[0][0].server
    for event, wishes in events:
        step.add(event.group(wishes))
    replies = iter(server.execute_command(*step.command(server.script_load(text_for(MARK)))))
    return [[event.plain(next(replies)) for _ in wishes] for event, wishes in events]


@pytest.fixture
def server(redis_url: str) -> Iterator[Redis]:
    with Redis.from_url(redis_url) as server:
        yield server


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps)
@example([([RESERVE, ("claim", "ann", "b1", "", 1, 2), ("settle", "b1")], [])])
@example([([RESERVE], []), ([CLAIM, ("claim", "ann", "b2", "", 1, 2), ("settle", "b1")], [])])
@example([([RESERVE], []), ([CLAIM, ("abandon", "b1", 0), ("claim", "ann", "b2", "", 1)], [1]), ([RESERVE], [])])
def test_calls_get_the_same_together_as_one_after_the_other(
    server: Redis, steps: list[tuple[list[Wish], list[int]]]
) -> None:
    together, alone = Event(server), Event(server)

    for wishes, lapsed in steps:
        assert together.run(wishes) == [reply for wish in wishes for reply in alone.run([wish])]
        together.lapse(lapsed)
        alone.lapse(lapsed)

    assert together.everything() == alone.everything()


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps, steps)
@example([([("offer", "ann", "e1", 1, TTL, 1, 1, [])], [])], [([("offers",), RESERVE], [])])
@example([([RESERVE], []), ([RESERVE], [1])], [([RESERVE], [2]), ([("stock",), ("inspect",)], [])])
def test_events_get_the_same_together_as_each_by_itself(
    server: Redis, of_first: list[tuple[list[Wish], list[int]]], of_second: list[tuple[list[Wish], list[int]]]
) -> None:
    together, alone = (Event(server), Event(server)), (Event(server), Event(server))

    for both in zip(of_first, of_second, strict=False):
        calls = [wishes for wishes, _ in both]
        assert in_one_step(*zip(together, calls, strict=True)) == [alone[0].run(calls[0]), alone[1].run(calls[1])]
        for events in (together, alone):
            for event, (_, lapsed) in zip(events, both, strict=True):
                event.lapse(lapsed)

    assert [event.everything() for event in together] == [event.everything() for event in alone]


def test_a_claim_finds_one_that_was_made_in_the_same_step(server: Redis) -> None:
    event = Event(server)
    event.run([RESERVE])

    replies = event.run([CLAIM, ("claim", "ann", "b2", "", 1)])

    assert [reply[2] for reply in replies] == ["b1", "b1"]


def test_control_when_deferred_writes_are_not_made_before_a_claim_reads(server: Redis, guards: Guards) -> None:
    guards.remove("deferred writes")
    event = Event(server)
    event.run([RESERVE])

    replies = event.run([CLAIM, ("claim", "ann", "b2", "", 1)])

    assert [reply[2] for reply in replies] == ["b1", "b2"]


def test_what_is_held_can_be_claimed_while_memory_is_full(server: Redis) -> None:
    event = Event(server)
    event.run([RESERVE])
    server.config_set("maxmemory", 1)

    try:
        claimed, refused, settled = event.run([("claim", "ann", "b1", "", 1, 2), RESERVE, ("settle", "b1")])
    finally:
        server.config_set("maxmemory", 0)

    assert (claimed[0], settled) == ("claimed", ["settled"])
    assert "used memory" in refused


def test_more_is_written_at_the_end_than_one_command_takes(server: Redis) -> None:
    event, tickets = Event(server), 9_500
    server.hset(f"meta:{{{event.id}}}", "capacity", tickets)

    replies = event.run([("reserve", "house", tickets // 2, TTL, 0, "", [], [], [], 0)] * 2)

    assert [reply[0] for reply in replies] == ["held", "held"]
    assert server.zcard(f"expiry:{{{event.id}}}") == tickets


def test_more_users_are_counted_at_the_end_than_one_command_takes(server: Redis) -> None:
    event, users = Event(server), 4_500
    server.hset(f"meta:{{{event.id}}}", "capacity", users)
    event.run([("reserve", f"user {i}", 1, TTL, 0, "", [], [], [], 0) for i in range(users)])
    event.lapse(range(1, users + 1))

    event.run([("stock",)])

    assert set(server.hgetall(f"holders:{{{event.id}}}").values()) == {b"4294967296"}
    assert server.hlen(f"holders:{{{event.id}}}") == users
