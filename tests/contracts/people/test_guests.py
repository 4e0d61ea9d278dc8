"""The promises of the repository of guests."""

import asyncio

import pytest

from booked.domain.model.ids import CounterId
from booked.domain.model.people.guests import Guest
from booked.domain.model.people.users import Role, User
from booked.domain.model.programme.events import Event
from booked.domain.model.sale.bookings import Verdict
from booked.ports.database import Database
from tests.builders import a_claim, a_user_id, an_entry

HERE = CounterId("01a00000-0000-7000-8000-000000000001")
THERE = CounterId("01a00000-0000-7000-8000-000000000002")


def a_guest(name: str = "user123", counter: CounterId = HERE) -> Guest:
    return Guest(a_user_id(), counter, name)


async def test_a_guest_is_admitted_once_and_known_from_then_on(database: Database) -> None:
    guest = a_guest()

    first = await database.guests.admit(guest)
    again = await database.guests.admit(a_guest())

    assert (first, again) == (guest.user_id, guest.user_id)
    assert await database.guests.get(guest.user_id) == guest


async def test_guests_of_other_names_or_counters_are_other_people(database: Database) -> None:
    guests = [a_guest(), a_guest("User123"), a_guest("user123 "), a_guest(counter=THERE)]

    admitted = [await database.guests.admit(guest) for guest in guests]

    assert admitted == [guest.user_id for guest in guests]


async def test_of_many_who_admit_a_guest_at_once_one_makes_them(database: Database) -> None:
    guests = [a_guest() for _ in range(16)]

    admitted = await asyncio.gather(*(database.guests.admit(guest) for guest in guests))

    assert len(set(admitted)) == 1
    known = [guest for guest in guests if await database.guests.get(guest.user_id)]
    assert [guest.user_id for guest in known] == [admitted[0]]


async def test_the_longest_name_that_there_may_be_is_kept(database: Database) -> None:
    guest = a_guest("🎟" * 200)
    await database.guests.admit(guest)

    assert await database.guests.get(guest.user_id) == guest


async def test_who_has_an_account_is_no_guest(database: Database, ann: User) -> None:
    assert await database.guests.get(ann.id) is None
    assert await database.guests.get(a_user_id()) is None


async def test_a_guest_has_no_account(database: Database, ann: User) -> None:
    guest = a_guest()
    await database.guests.admit(guest)

    assert await database.users.by_id(guest.user_id) is None
    assert await database.users.by_email(guest.name) is None
    assert await database.users.by_email("") is None
    assert await database.users.page(None, 10) == [ann]
    async with database.transaction() as unit:
        assert await unit.users.lock(guest.user_id) is None
        assert await unit.users.lock_admins(guest.user_id) == []


@pytest.mark.parametrize("name", ["", "user123"])
async def test_no_password_is_that_of_a_guest(database: Database, name: str) -> None:
    guest = a_guest()
    await database.guests.admit(guest)

    assert await database.users.set_password(guest.user_id, "a hash", name) is None


async def test_a_guest_buys_and_waits_like_anybody(database: Database, show: Event, ann: User) -> None:
    guest = a_guest()
    await database.guests.admit(guest)

    assert await database.bookings.commit(a_claim(show.id, guest.user_id, {1}, epoch=0)) is Verdict.BOOKED
    async with database.transaction() as unit:
        await unit.events.lock(show.id)
        await unit.waitlist.add(an_entry(show.id, guest.user_id))
    assert await database.bookings.owned(show.id, guest.user_id) == {1}
    assert ann.role is Role.USER
