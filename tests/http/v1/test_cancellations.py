"""Terms of cancellation, and cancelling for a guest, in the resource API."""

import pytest

from tests.http.answers import assert_problem
from tests.http.office import Office, Person
from tests.http.v1.programme import Json, Programme, address_of, set_status
from tests.http.v1.sale import BOOKINGS, address_in, booked, types_of

LATER, PAST = "2027-05-01T00:00:00Z", "2026-01-01T00:00:00Z"
NOT_AT_ALL = {"allowed": False}


async def bought(programme: Programme, event: Json, who: Person, quantity: int = 2) -> Json:
    [type_] = await types_of(programme, event)
    return await booked(programme, who, ticket_type_id=type_["id"], num_tickets=quantity)


async def figures_of(programme: Programme, event: Json) -> Json:
    totals: Json = (await programme.shown(f"{address_of(event)}analytics/", programme.ora))["totals"]
    return totals


# Terms


async def test_an_event_says_how_its_tickets_can_be_cancelled(programme: Programme) -> None:
    usual, with_fee, fixed = [
        await programme.event(**terms)
        for terms in ({}, {"cancellation": {"until": LATER, "fee": "5.00"}}, {"cancellation": NOT_AT_ALL})
    ]
    changed = await programme.patch(address_of(fixed), {"cancellation": {"fee": "2.50"}})
    kept = await programme.patch(address_of(with_fee), {"cancellable_until": PAST})
    reset = await programme.patch(address_of(with_fee), {"cancellation": None})

    start = usual["starts_at"]
    assert usual["cancellation"] == {"allowed": True, "until": start, "fee": "0.00"}
    assert with_fee["cancellation"] == {"allowed": True, "until": LATER, "fee": "5.00"}
    assert with_fee["cancellable_until"] == LATER
    assert fixed["cancellation"] == {"allowed": False, "until": None, "fee": "0.00"}
    assert changed.json()["cancellation"] == {"allowed": True, "until": start, "fee": "2.50"}
    assert kept.json()["cancellation"] == {"allowed": True, "until": PAST, "fee": "5.00"}
    assert reset.json()["cancellation"] == usual["cancellation"]


@pytest.mark.parametrize(
    ("terms", "code"),
    [
        ({"cancellation": {"fee": "0.001"}}, "EVENT-04"),
        ({"cancellation": {"fee": "99999999999999999"}}, "EVENT-04"),
        ({"cancellation": {"fee": "-1"}}, "SYS-01"),
        ({"cancellation": {"until": "soon"}}, "SYS-01"),
        ({"cancellation": {"free": True}}, "SYS-01"),
        ({"cancellation": {"until": LATER}, "cancellable_until": LATER}, "EVENT-04"),
        ({"cancellation": {"until": "2027-06-03T00:00:00Z"}, "ends_at": "2027-06-02T00:00:00Z"}, "EVENT-04"),
    ],
)
async def test_terms_that_make_no_sense_are_refused(programme: Programme, terms: Json, code: str) -> None:
    event = await programme.event()

    created = await programme.post("/api/v1/events/", programme.request(**terms))
    changed = await programme.patch(address_of(event), terms)

    assert_problem(created, 400, code)
    assert_problem(changed, 400, code)


async def test_a_buyer_is_refunded_less_the_fee_which_stays_revenue(
    programme: Programme, office: Office, ann: Person
) -> None:
    event = await programme.event(cancellation={"until": LATER, "fee": "5.00"})
    made = await bought(programme, event, ann)
    first, second = [ticket["id"] for ticket in made["tickets"]]

    one = (await programme.post(f"{address_in(BOOKINGS, made)}cancel/", {"tickets": [first]}, ann)).json()
    none = (await programme.post(f"{address_in(BOOKINGS, made)}cancel/", {}, ann)).json()

    assert (made["refund"], made["cancellation"]) == ("49.80", {"allowed": True, "until": LATER, "fee": "5.00"})
    assert (one["status"], one["quantity"], one["refund"]) == ("ACTIVE", 1, "24.90")
    assert [ticket["refunded"] for ticket in one["tickets"]] == ["24.90", None]
    assert [ticket["cancelled_by"] for ticket in one["tickets"]] == ["OWNER", None]
    assert (none["status"], none["refund"], none["total"]) == ("CANCELLED", "49.80", "0.00")
    assert second in [ticket["id"] for ticket in none["tickets"]]
    figures = await figures_of(programme, event)
    assert (figures["revenue"], figures["cancelled"]) == ("10.00", 2)


async def test_a_fee_above_the_price_keeps_the_price(programme: Programme, ann: Person) -> None:
    made = await bought(programme, await programme.event(cancellation={"fee": "100"}), ann)

    cancelled = (await programme.post(f"{address_in(BOOKINGS, made)}cancel/", None, ann)).json()

    assert (made["refund"], cancelled["refund"]) == ("0.00", "0.00")


async def test_what_is_booked_keeps_its_terms_when_they_become_worse_and_has_better_ones(
    programme: Programme, ann: Person, ben: Person
) -> None:
    event = await programme.event(cancellation={"until": LATER, "fee": "5.00"})
    before = await bought(programme, event, ann)
    await programme.patch(address_of(event), {"cancellation": NOT_AT_ALL})
    after = await bought(programme, event, ben)
    kept = await programme.shown(address_in(BOOKINGS, before), ann)
    refused = await programme.post(f"{address_in(BOOKINGS, after)}cancel/", {}, ben)
    await programme.patch(address_of(event), {"cancellation": {"fee": "1.00"}})

    better = [await programme.shown(address_in(BOOKINGS, made), who) for made, who in ((before, ann), (after, ben))]

    assert (kept["cancellation"], kept["refund"]) == (before["cancellation"], "49.80")
    assert (after["cancellation"]["allowed"], after["refund"]) == (False, None)
    assert_problem(refused, 409, "TICKET-10")
    assert "without a right to cancel" in refused.json()["detail"]
    assert [booking["refund"] for booking in better] == ["57.80", "57.80"]


async def test_a_refusal_says_until_when_tickets_could_be_cancelled(
    programme: Programme, office: Office, ann: Person
) -> None:
    event = await programme.event(cancellation={"until": PAST})
    made = await bought(programme, event, ann)

    reply = await programme.post(f"{address_in(BOOKINGS, made)}cancel/", {}, ann)
    old = await office.post("/ticket/cancel/", {"event_id": event["id"], "count": 1}, ann)

    assert_problem(reply, 409, "TICKET-10")
    assert "until 2026-01-01 00:00:00 UTC" in reply.json()["detail"]
    assert (old.status_code, old.json()["code"]) == (400, "TICKET-10")


async def test_an_event_that_is_called_off_refunds_everything(programme: Programme, ann: Person) -> None:
    event = await programme.event(cancellation={"until": PAST, "fee": "5.00"})
    made = await bought(programme, event, ann)

    await set_status(programme, event, "CANCELLED")

    shown = await programme.shown(address_in(BOOKINGS, made), ann)
    assert (shown["refund"], [ticket["refunded"] for ticket in shown["tickets"]]) == ("59.80", ["29.90", "29.90"])
    assert [ticket["cancelled_by"] for ticket in shown["tickets"]] == [None, None]
    assert (await figures_of(programme, event))["revenue"] == "0.00"


# For a guest


async def test_an_organizer_cancels_for_a_guest_and_says_why(programme: Programme, ann: Person) -> None:
    event = await programme.event(cancellation=NOT_AT_ALL)
    made = await bought(programme, event, ann)
    address = f"{address_in(BOOKINGS, made)}cancel/"
    [first, _] = [ticket["id"] for ticket in made["tickets"]]

    elsewhere = await programme.post(address, {"reason": "Mine."}, programme.otto)
    one = await programme.post(address, {"tickets": [first], "reason": " Ann is ill. "}, programme.ora)
    rest = await programme.post(address, {"refund": "20.00"}, programme.admin)

    assert_problem(elsewhere, 404, "TICKET-08")
    assert (one.json()["status"], one.json()["quantity"]) == ("ACTIVE", 1)
    assert (rest.status_code, rest.json()["status"]) == (200, "CANCELLED")
    for who in (ann, programme.ora):
        tickets = (await programme.shown(address_in(BOOKINGS, made), who))["tickets"]
        assert [(one["cancelled_by"], one["cancel_reason"], one["refunded"]) for one in tickets] == [
            ("ORGANIZER", "Ann is ill.", "29.90"),
            ("ORGANIZER", "", "20.00"),
        ]
    assert (await figures_of(programme, event))["revenue"] == "9.90"


async def test_an_organizer_cancels_for_a_guest_when_the_event_is_over(programme: Programme, ann: Person) -> None:
    event = await programme.event()
    made = await bought(programme, event, ann)
    address = f"{address_in(BOOKINGS, made)}cancel/"
    [first, _] = [ticket["id"] for ticket in made["tickets"]]
    await set_status(programme, event, "COMPLETED")

    by_buyer = await programme.post(address, {}, ann)
    one = await programme.post(address, {"tickets": [first], "refund": "20.00"}, programme.ora)
    more = await programme.patch(address_in(BOOKINGS, made), {"num_tickets": 2}, programme.admin)
    rest = await programme.post(address, {}, programme.admin)

    assert_problem(by_buyer, 409, "TICKET-10")
    assert one.json()["status"] == "ACTIVE"
    assert_problem(more, 409, "EVENT-11")
    assert (rest.status_code, rest.json()["status"]) == (200, "CANCELLED")
    assert [ticket["refunded"] for ticket in rest.json()["tickets"]] == ["20.00", "29.90"]
    figures = await figures_of(programme, event)
    assert (figures["sold"], figures["cancelled"], figures["revenue"]) == (0, 2, "9.90")
    assert await programme.office.database.ledgers.miscounted(event["id"]) == []


@pytest.mark.parametrize(
    ("wish", "status", "code"),
    [
        ({"refund": "59.81"}, 400, "TICKET-12"),
        ({"refund": "1.001"}, 400, "TICKET-12"),
        ({"reason": "x" * 501}, 400, "TICKET-12"),
        ({"reason": "a\u202eb"}, 400, "TICKET-12"),
        ({"reason": None}, 400, "SYS-01"),
        ({"tickets": ["x"]}, 400, "SYS-03"),
        ({"tickets": []}, 400, "TICKET-12"),
        ({"tickets": ["01890000-0000-7000-8000-000000000000"]}, 404, "EVENT-14"),
        ({"unknown": 1}, 400, "SYS-01"),
    ],
)
async def test_a_wish_that_cannot_be_met_changes_nothing(
    programme: Programme, ann: Person, wish: Json, status: int, code: str
) -> None:
    made = await bought(programme, await programme.event(), ann)

    reply = await programme.post(f"{address_in(BOOKINGS, made)}cancel/", wish, programme.ora)

    assert_problem(reply, status, code)
    assert await programme.shown(address_in(BOOKINGS, made), ann) == made


async def test_a_buyer_does_not_say_what_is_refunded(programme: Programme, ann: Person) -> None:
    made = await bought(programme, await programme.event(), ann)

    assert_problem(
        await programme.post(f"{address_in(BOOKINGS, made)}cancel/", {"refund": "59.80"}, ann), 403, "USER-01"
    )


async def test_a_cancellation_needs_no_body(programme: Programme, office: Office, ann: Person) -> None:
    made = [await bought(programme, await programme.event(), ann) for _ in range(3)]
    typed = {**ann.bearer, "Content-Type": "application/json"}

    replies = [
        await office.http.post(f"{address_in(BOOKINGS, booking)}cancel/", headers=headers)
        for booking, headers in zip(made[:2], (ann.bearer, typed), strict=True)
    ]
    wrong = await office.http.post(
        f"{address_in(BOOKINGS, made[2])}cancel/", content="x", headers={**ann.bearer, "Content-Type": "text/plain"}
    )

    assert [(reply.status_code, reply.json()["status"]) for reply in replies] == [(200, "CANCELLED")] * 2
    assert_problem(wrong, 415, "SYS-07")
