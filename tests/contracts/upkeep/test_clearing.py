"""What the database promises of being cleared."""

from datetime import timedelta
from hashlib import sha256

import pytest

from booked.domain.model.ids import ApiKeyId
from booked.domain.model.people.api_keys import accept_key, digest_of, fresh_key
from booked.domain.model.people.guests import Guest
from booked.domain.model.people.sessions import Exchange, NewSession
from booked.domain.model.people.users import Role, User
from booked.domain.model.programme.events import Event
from booked.domain.model.programme.search import EventSearch
from booked.domain.model.sale.bookings import BookingSearch, Verdict
from booked.domain.model.sale.holds import Terms
from booked.ports.database import Database
from tests.builders import (
    OPENING,
    FrozenClock,
    a_category,
    a_claim,
    a_session_id,
    a_user,
    a_user_id,
    a_venue,
    an_entry,
    an_event,
    an_organization,
    key_by,
)


@pytest.fixture
async def ada(database: Database) -> User:
    return await database.users.add(a_user("Ada", "ada@example.com", role=Role.ADMIN))


async def test_everything_is_gone_but_admins(
    database: Database, show: Event, gala: Event, ada: User, ann: User
) -> None:
    playhouse = await database.organizations.add(an_organization())
    await database.organizations.add_member(playhouse.id, ada.id)
    await database.venues.add(a_venue(organization_id=playhouse.id))
    await database.categories.add(a_category())
    claims = [a_claim(show.id, ada.id, {1, 2}), a_claim(gala.id, ann.id, {11})]
    for claim in claims:
        assert await database.bookings.commit(claim, Terms(idempotency_key=key_by(claim.user_id))) is Verdict.BOOKED
    entry = an_entry(show.id, ann.id)
    async with database.transaction() as unit:
        await unit.events.lock(show.id)
        await unit.waitlist.add(entry)

    gone = await database.clear()

    assert set(gone) == {show.id, gala.id}
    assert await database.users.page(None, 10) == [ada]
    assert await database.organizations.page(None, None, 10) == []
    assert await database.venues.page("", None, 10) == []
    assert list(await database.categories.all()) == []
    assert await database.events.find(EventSearch(all_drafts=True), None, 10) == []
    assert await database.ticket_plans.get(gala.id) is None
    assert await database.bookings.search(BookingSearch(), None, 10) == []
    assert await database.bookings.owned(show.id, ada.id) == frozenset()
    assert await database.idempotency_keys.find(key_by(ada.id)) is None
    assert await database.waitlist.get(entry.id) is None
    assert await database.analytics.figures(None, None, 10) == []
    assert await database.analytics.days(gala.id) == []


async def test_what_is_made_afterwards_is_as_if_nothing_had_ever_been(database: Database, ann: User) -> None:
    event = an_event()
    await database.events.add(event)
    await database.bookings.commit(a_claim(event.id, ann.id, {1}))
    await database.clear()

    newcomer = await database.users.add(a_user("Ann", ann.email))
    await database.events.add(event)

    assert await database.bookings.commit(a_claim(event.id, newcomer.id, {1})) is Verdict.BOOKED
    assert [sales.sold for sales in await database.analytics.sales()] == [1]


async def test_admins_stay_logged_in_and_nobody_else_does(
    database: Database, ada: User, ann: User, clock: FrozenClock
) -> None:
    first, second = (sha256(text.encode()).digest() for text in ("first", "second"))
    expiry = clock.now() + timedelta(days=14)
    sessions = {user.id: NewSession(a_session_id(), user.id, first, expiry) for user in (ada, ann)}
    for user in (ada, ann):
        await database.sessions.open(sessions[user.id], user.password_hash)

    await database.clear()

    outcomes = [
        await database.sessions.exchange(Exchange(sessions[user.id].id, first, second, clock.now(), expiry))
        for user in (ada, ann)
    ]
    voided = await database.voided_tokens.since(OPENING.replace(year=2000))
    assert outcomes == [ada, None]
    assert voided.keys() == {ann.id}
    assert voided[ann.id] > ann.token_version


async def test_guests_are_gone_and_api_keys_stay(database: Database) -> None:
    text = fresh_key()
    key = await database.api_keys.add(accept_key(ApiKeyId(a_user_id()), "Agency", text))
    guest = Guest(a_user_id(), key.counter, "user123")
    await database.guests.admit(guest)

    await database.clear()

    assert await database.api_keys.with_digest(digest_of(text)) == key
    assert await database.guests.get(guest.user_id) is None
    assert await database.voided_tokens.since(OPENING.replace(year=2000)) == {}


async def test_a_claim_of_before_is_not_committed_afterwards(database: Database, show: Event, ada: User) -> None:
    claim = a_claim(show.id, ada.id)

    await database.clear()

    assert await database.bookings.commit(claim) is Verdict.WITHDRAWN


async def test_a_database_with_nothing_in_it_can_be_cleared(database: Database) -> None:
    assert await database.clear() == []
