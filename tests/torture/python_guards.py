"""Guards in Python: conditions that a mutant switches off, and where a test should notice."""

from typing import NamedTuple

SALE, PEOPLE, PROGRAMME = "tests/services/sale", "tests/services/people", "tests/services/programme"


class PythonGuard(NamedTuple):
    """In the file, `condition` occurs once. `without` is what stands there in the mutant."""

    name: str
    path: str
    condition: str
    without: str
    tests: tuple[str, ...]


def guard(name: str, path: str, condition: str, *tests: str, without: str = "False") -> PythonGuard:
    return PythonGuard(name, path, condition, without, tests)


_BOOKINGS = "domain/services/sale/bookings.py"
_VIEWS = "domain/services/sale/booking_views.py"
_SALES = "domain/services/sale/sales.py"
_RESERVATIONS = "domain/services/sale/reservations.py"
_WAITLIST = "domain/services/sale/waitlist.py"
_OFFERS = "domain/services/sale/offers.py"
_ACCOUNTS = "domain/services/people/accounts.py"
_TOKENS = "adapters/security/tokens.py"
_ORIGINS = "adapters/http/contracts/web/origins.py"
_JSON = "adapters/http/requests/strict_json.py"
_REQUEST = "adapters/http/requests/request.py"
_IN_TIME = "adapters/http/contracts/in_time.py"

GUARDS = (
    guard(
        "bookings of others are hidden",
        _VIEWS,
        "if not await self._is_run_by(user, record.event):",
        f"{SALE}/test_bookings.py",
        "tests/http/v1/test_bookings.py",
        without="if False:",
    ),
    guard(
        "bookings of others are left alone",
        _VIEWS,
        "if record.user_id != identity.user_id and (await self.accounts.present(identity)).role is not Role.ADMIN:",
        f"{SALE}/test_bookings.py",
        f"{SALE}/test_booking_changes.py",
        "tests/http/v1/test_bookings.py",
        without="if False:",
    ),
    guard(
        "refunds are the organizer's to choose",
        _BOOKINGS,
        "wish.refund is not None and not runs_event",
        f"{SALE}/test_cancellations.py",
        "tests/http/v1/test_cancellations.py",
    ),
    guard(
        "named tickets stand when they are cancelled",
        _BOOKINGS,
        "not named <= set(standing)",
        SALE,
    ),
    guard(
        "a refund is for the tickets that were seen",
        _BOOKINGS,
        "set(standing) != seen",
        SALE,
    ),
    guard(
        "cancelled bookings stay cancelled",
        _BOOKINGS,
        "record.status is BookingStatus.CANCELLED",
        SALE,
        "tests/http/v1/test_bookings.py",
    ),
    guard(
        "bookings of past events get no more tickets",
        _BOOKINGS,
        "record.event.status is EventStatus.COMPLETED",
        SALE,
        "tests/http/v1/test_bookings.py",
    ),
    guard(
        "claims are void before they are given up",
        _SALES,
        "if verdict in FINAL:\n",
        "tests/concurrency/test_purchases.py",
        SALE,
        without="if False:\n",
    ),
    guard(
        "what is uncertain is asked again",
        _SALES,
        "if not uncertain:",
        "tests/concurrency/test_broken_stores.py",
        SALE,
        without="if True:",
    ),
    guard(
        "claims are settled before their tickets are free",
        _SALES,
        "await asyncio.gather(*(self.holds.settle(release.event_id, id_) for id_ in bookings))",
        "tests/concurrency/test_interleavings.py",
        "tests/concurrency/test_cancellations.py",
        SALE,
        without="pass",
    ),
    guard(
        "reservations of others are hidden",
        _RESERVATIONS,
        "reservation is None or reservation.user_id != user_id",
        f"{SALE}/test_reservations.py",
        "tests/http/v1/test_reservations.py",
        without="reservation is None",
    ),
    guard(
        "offers are accepted while they stand",
        _RESERVATIONS,
        "place.state is not EntryState.OFFERED",
        f"{SALE}/test_offers.py",
        "tests/http/v1/test_waitlist.py",
    ),
    guard(
        "places of others are hidden",
        _WAITLIST,
        "place is None or place.user_id != user_id",
        f"{SALE}/test_waitlist.py",
        "tests/http/v1/test_waitlist.py",
        without="place is None",
    ),
    guard(
        "places that were booked stay",
        _WAITLIST,
        "place.state is EntryState.BOOKED",
        f"{SALE}/test_waitlist.py",
        f"{SALE}/test_offers.py",
        "tests/http/v1/test_waitlist.py",
    ),
    guard(
        "offers that nobody was told of are told",
        _OFFERS,
        "entry_id in standing and not offer.told",
        f"{SALE}/test_offers.py",
    ),
    guard(
        "nobody waits once the sale is over",
        _WAITLIST,
        "event.sales_window.is_over(await unit.now())",
        f"{SALE}/test_waitlist.py",
        "tests/http/v1/test_waitlist.py",
    ),
    guard(
        "tickets of one event at a time",
        "domain/model/sale/holds.py",
        "len(events) > 1",
        "tests/domain/sale/test_holds.py",
        SALE,
    ),
    guard(
        "requests have a most",
        "domain/model/sale/holds.py",
        "count > TICKETS_A_REQUEST",
        "tests/domain/sale",
        SALE,
        "tests/http/test_payloads.py",
    ),
    guard(
        "seats are of the event",
        "domain/model/sale/reservations.py",
        "event_of(ticket) != event_id or not any(",
        f"{SALE}/test_blocking.py",
        "tests/http/v1/test_seats.py",
        without="not any(",
    ),
    guard(
        "reservations keep their price",
        "domain/model/sale/reservations.py",
        "any(type_.price_at(made_at) != type_.price_at(now) for type_ in wanted)",
        f"{SALE}/test_reservations.py",
        "tests/http/v1/test_reservations.py",
    ),
    guard(
        "refunds are at most what was paid",
        "domain/model/sale/cancellations.py",
        "not 0 <= refund <= paid",
        "tests/domain/sale/test_cancellations.py",
    ),
    guard(
        "cancellations end",
        "domain/model/programme/cancellation.py",
        "not self.permit(now)",
        "tests/domain/programme/test_cancellation.py",
        f"{SALE}/test_cancellations.py",
    ),
    guard(
        "a counter sees its own guests",
        "domain/services/sale/counter.py",
        " or guest.counter != counter",
        f"{SALE}/test_counter.py",
        "tests/http/counter",
        without="",
    ),
    guard(
        "roles that changed need a new login",
        _ACCOUNTS,
        "user is None or user.token_version != identity.token_version",
        PEOPLE,
        "tests/http/test_tokens.py",
        without="user is None",
    ),
    guard(
        "an admin remains",
        _ACCOUNTS,
        "user.role is Role.ADMIN and len(locked) == 1",
        PEOPLE,
        "tests/http/v1/test_users.py",
    ),
    guard(
        "revoked keys are void",
        "domain/services/people/api_keys.py",
        "key is None or key.revoked_at is not None",
        f"{PEOPLE}/test_api_keys.py",
        without="key is None",
    ),
    guard(
        "rates are limited",
        "domain/services/people/limits.py",
        "not taken.allowed",
        PEOPLE,
        "tests/http/test_limits.py",
    ),
    guard(
        "organizations are changed as they were seen",
        "domain/services/people/organizations.py",
        "version not in {None, organization.version}",
        f"{PEOPLE}/test_organizations.py",
        "tests/http/v1/test_organizations.py",
    ),
    guard(
        "members act for their organization",
        "domain/services/people/rights.py",
        "not (user.role.includes(Role.ORGANIZER) and await organizations.has_member(organization_id, user.id))",
        f"{PEOPLE}/test_organizations.py",
        "tests/http/v1/test_organizations.py",
        "tests/http/v1/test_events.py",
    ),
    guard(
        "a new password needs the old one",
        "domain/services/people/sessions.py",
        "not await place.verify(require_hashable(current), user.password_hash)",
        f"{PEOPLE}/test_sessions.py",
        "tests/http/v1/test_auth.py",
    ),
    guard(
        "events are changed as they were seen",
        "domain/services/programme/events.py",
        "if event is None or version not in {None, event.version}:\n"
        "                raise PreconditionFailed\n            changed",
        f"{PROGRAMME}/test_events.py",
        "tests/http/v1/test_event_changes.py",
        without="if event is None:\n                raise PreconditionFailed\n            changed",
    ),
    guard("access tokens end", _TOKENS, "expires <= self._clock.now()", "tests/http/test_tokens.py", PEOPLE),
    guard(
        "access tokens are of now",
        _TOKENS,
        " or claims.iat > self._now() + CLOCK_SKEW or not 0 < lifetime <= self._ttl",
        "tests/http/test_tokens.py",
        without="",
    ),
    guard(
        "pages send their own forms",
        _ORIGINS,
        "    if not ours:",
        "tests/http/web/test_safety.py",
        without="    if False:",
    ),
    guard(
        "bodies have a most",
        _REQUEST,
        "len(body) > options.body_limit",
        "tests/http/test_payloads.py",
        "tests/http/test_errors.py",
    ),
    guard(
        "what waited while the process stood still is not done",
        _IN_TIME,
        "if pulse.stood_still:",
        "tests/http/test_in_time.py",
        without="if False:",
    ),
    guard("keys occur once", _JSON, "len({key for key, _ in pairs}) < len(pairs)", "tests/http/test_payloads.py"),
    guard(
        "lists are not nested without end",
        _JSON,
        'if "[]" in brackets or brackets.count("[") > DEEPEST:',
        "tests/http/test_payloads.py",
        without="if False:",
    ),
)
