"""Ticket types: what they cost, and which ticket numbers are theirs as an event is laid out and grows."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from booked.domain.errors import BookedError, InvalidSeatCount, InvalidTicketType, NoSuchTicketType, PriceFixed
from booked.domain.model.money import PRICE_MOST
from booked.domain.model.programme.former_prices import FORMER_PRICES_MOST, PRICE_NOTICE, keep_former_prices
from booked.domain.model.programme.seating import (
    BLOCKS_MOST,
    SEATS_MOST,
    SECTION_LENGTH,
    Block,
    Seat,
    SeatBlock,
    block_of,
    seat_of,
)
from booked.domain.model.programme.ticket_types import (
    TYPE_DESCRIPTION_LENGTH,
    TYPE_NAME_LENGTH,
    TYPES_MOST,
    EarlyBird,
    FormerPrice,
    TicketPlan,
    TicketType,
    TicketTypeChanges,
    TicketTypeDraft,
    grow,
    lay_out,
    revise_type,
    standard_plan,
)
from tests.builders import OPENING

STALLS = SeatBlock("Stalls", rows=3, seats_per_row=4)
BOX = SeatBlock("Box", rows=1, seats_per_row=2)
MORE_STALLS = SeatBlock("Stalls", rows=2, seats_per_row=5, first_row=4)
GALLERY = SeatBlock("Gallery", rows=2, seats_per_row=3)
HALL = (BOX, STALLS, GALLERY, MORE_STALLS)

SEATED = TicketTypeDraft("Seated", 4900, sections=("Stalls",))
STANDING = TicketTypeDraft("Standing", 2900, quota=100)


@st.composite
def halls(draw: st.DrawFn) -> tuple[SeatBlock, ...]:
    """Layouts of a few sections, some of which have several blocks."""
    sections = draw(st.lists(st.sampled_from("ABCDE"), max_size=7))
    sizes = st.integers(min_value=1, max_value=6)
    return tuple(
        SeatBlock(section, draw(sizes), draw(sizes), first_row=1 + 10 * place) for place, section in enumerate(sections)
    )


@st.composite
def programmes(draw: st.DrawFn) -> tuple[tuple[SeatBlock, ...], list[TicketTypeDraft]]:
    """A hall, and types that share some of its sections and some general admission among them."""
    hall = draw(halls())
    names = sorted({seats.section for seats in hall})
    owners = {name: draw(st.integers(min_value=0, max_value=3)) for name in names}  # those of 0 are not for sale
    drafts = [
        TicketTypeDraft(f"Seats {owner}", 1000, sections=tuple(name for name in names if owners[name] == owner))
        for owner in (1, 2, 3)
        if owner in owners.values()
    ]
    quotas = draw(st.lists(st.integers(min_value=1, max_value=50), min_size=0 if drafts else 1, max_size=3))
    drafts += [TicketTypeDraft(f"Standing {place}", 500, quota=quota) for place, quota in enumerate(quotas)]
    return hall, draw(st.permutations(drafts))


def owned(plan: TicketPlan) -> list[tuple[int, Seat | None]]:
    """The type and the seat of each ticket number, from 1 on."""
    found = [(block_of(plan.blocks, number), number) for number in range(1, plan.capacity + 1)]
    return [(block.type_number, seat_of(block, number)) for block, number in found if block]


def assert_whole(plan: TicketPlan) -> None:
    """Types are numbered from 1 on; blocks follow each other without a gap, and are what their types' quotas say."""
    assert [type_.number for type_ in plan.types] == list(range(1, len(plan.types) + 1))
    assert [block.first for block in plan.blocks] == [1, *(block.last + 1 for block in plan.blocks[:-1])]
    assert plan.blocks[-1].last == plan.capacity
    for type_ in plan.types:
        assert type_.quota == sum(block.size for block in plan.blocks_of(type_.number))
    assert all(block.seats is None or block.seats.size == block.size for block in plan.blocks)


# Prices


def test_a_ticket_costs_less_until_the_early_bird_ends() -> None:
    type_ = TicketType(1, "Seated", "", 4900, EarlyBird(3900, OPENING), 10)

    assert type_.price_at(OPENING - timedelta(microseconds=1)) == 3900
    assert type_.price_at(OPENING) == 4900
    assert replace(type_, early_bird=None).price_at(OPENING - timedelta(days=1)) == 4900


def test_a_ticket_costs_what_it_did_when_it_was_reserved_before_the_price_was_changed() -> None:
    changed_at = OPENING + timedelta(minutes=1)
    first = FormerPrice(1500, EarlyBird(1000, OPENING - timedelta(days=3)), OPENING - timedelta(days=2))
    former = FormerPrice(2900, EarlyBird(1900, OPENING), changed_at)
    type_ = TicketType(1, "Seated", "", 4900, EarlyBird(3900, changed_at + timedelta(minutes=1)), 10, (first, former))

    moments = [OPENING - timedelta(days=days) for days in (4, 3, 2, 1)]
    moments += [OPENING, changed_at, changed_at + timedelta(minutes=1)]

    assert [type_.price_at(moment) for moment in moments] == [1000, 1500, 1900, 1900, 2900, 3900, 4900]


# Laying out


@given(programmes())
def test_every_ticket_is_of_one_type_and_no_number_is_left_out(
    programme: tuple[tuple[SeatBlock, ...], list[TicketTypeDraft]],
) -> None:
    hall, drafts = programme

    plan = lay_out(drafts, hall)

    assert_whole(plan)
    for draft, type_ in zip(drafts, plan.types, strict=True):
        blocks = plan.blocks_of(type_.number)
        assert [block.seats for block in blocks if block.seats] == [s for s in hall if s.section in draft.sections]
        assert sum(block.size for block in blocks if block.seats is None) == (draft.quota or 0)


@given(programmes())
def test_the_best_seats_come_first_and_general_admission_last(
    programme: tuple[tuple[SeatBlock, ...], list[TicketTypeDraft]],
) -> None:
    hall, drafts = programme

    blocks = lay_out(drafts, hall).blocks

    for_sale = {section for draft in drafts for section in draft.sections}
    seated = [block.seats for block in blocks if block.seats]
    assert seated == [seats for seats in hall if seats.section in for_sale]
    assert [block.seats for block in blocks][len(seated) :] == [None] * sum(draft.quota is not None for draft in drafts)


@given(programmes(), st.integers(min_value=1, max_value=20))
def test_types_that_are_added_leave_what_was_there(
    programme: tuple[tuple[SeatBlock, ...], list[TicketTypeDraft]], quota: int
) -> None:
    hall, drafts = programme
    before = lay_out(drafts, hall)
    for_sale = {section for draft in drafts for section in draft.sections}
    left = sorted({seats.section for seats in hall} - for_sale)
    added = [TicketTypeDraft("Added", 100, quota=quota)]
    added += [TicketTypeDraft("Added seats", 100, sections=tuple(left))] if left else []

    after = lay_out(added, hall, before)

    assert_whole(after)
    assert owned(after)[: before.capacity] == owned(before)
    assert after.types[: len(before.types)] == before.types


def test_an_event_is_laid_out_as_its_organizer_says() -> None:
    plan = lay_out([STANDING, replace(SEATED, sections=("Stalls", "Box"))], HALL)

    assert plan.blocks == (
        Block(1, 2, 2, BOX),
        Block(3, 14, 2, STALLS),
        Block(15, 24, 2, MORE_STALLS),
        Block(25, 124, 1),
    )
    assert [(type_.name, type_.price, type_.quota) for type_ in plan.types] == [
        ("Standing", 2900, 100),
        ("Seated", 4900, 24),
    ]


@pytest.mark.parametrize(
    "drafts",
    [
        [],
        [TicketTypeDraft("Neither", 100)],
        [TicketTypeDraft("Both", 100, quota=5, sections=("Stalls",))],
        [TicketTypeDraft("Nowhere", 100, sections=("Roof",))],
        [SEATED, replace(SEATED, name="Again")],
        [replace(SEATED, sections=("Stalls", "Stalls"))],
        [SEATED, replace(STANDING, name="Seated")],
        [SEATED, replace(STANDING, name=" Seated ")],
        [replace(STANDING, quota=0)],
        [replace(STANDING, quota=-1)],
        [replace(STANDING, quota=SEATS_MOST + 1)],
        [replace(STANDING, quota=SEATS_MOST), SEATED],
        [replace(STANDING, price=-1)],
        [replace(STANDING, price=PRICE_MOST + 1)],
        [replace(STANDING, name="")],
        [replace(STANDING, name=" \t")],
        [replace(STANDING, name="x" * (TYPE_NAME_LENGTH + 1))],
        [replace(STANDING, name="Stand\x00ing")],
        [replace(STANDING, description="x" * (TYPE_DESCRIPTION_LENGTH + 1))],
        [replace(STANDING, description="\x00")],
        [replace(STANDING, early_bird=EarlyBird(2900, OPENING))],
        [replace(STANDING, early_bird=EarlyBird(-1, OPENING))],
        [replace(STANDING, price=0, early_bird=EarlyBird(0, OPENING))],
        [replace(STANDING, name=f"Type {number}", quota=1) for number in range(TYPES_MOST + 1)],
    ],
)
def test_ticket_types_that_make_no_sense_are_refused(drafts: Sequence[TicketTypeDraft]) -> None:
    with pytest.raises(InvalidTicketType):
        lay_out(drafts, HALL)


@pytest.mark.parametrize("section", ["", "x" * (SECTION_LENGTH + 1), "x" * 1_000_000, "Stalls\x00"])
def test_a_refusal_does_not_repeat_a_section_that_no_venue_can_have(section: str) -> None:
    with pytest.raises(InvalidTicketType, match=r"^The section (is|contains) [^x]*$"):
        lay_out([replace(SEATED, sections=(section,))], HALL)


def test_a_section_that_is_sold_already_is_not_sold_again() -> None:
    before = lay_out([SEATED], HALL)

    with pytest.raises(InvalidTicketType):
        lay_out([replace(SEATED, name="Again")], HALL, before)
    with pytest.raises(InvalidTicketType):
        lay_out([replace(STANDING, name="Seated")], HALL, before)


def test_the_largest_event_is_laid_out() -> None:
    plan = lay_out([replace(STANDING, quota=SEATS_MOST)], ())

    assert (plan.capacity, len(plan.blocks)) == (SEATS_MOST, 1)


# Growing


@given(programmes(), st.data())
def test_growing_keeps_the_type_and_seat_of_every_number_there_was(
    programme: tuple[tuple[SeatBlock, ...], list[TicketTypeDraft]], data: st.DataObject
) -> None:
    hall, drafts = programme
    present = lay_out(drafts, hall)
    general = [number for number, draft in enumerate(drafts, start=1) if draft.quota]

    for type_number in data.draw(st.lists(st.sampled_from(general), max_size=5)) if general else ():
        before = present
        more = data.draw(st.integers(min_value=0, max_value=9))
        type_ = before.type(type_number)
        assert type_ is not None
        present = grow(before, type_number, type_.quota + more)

        assert_whole(present)
        assert owned(present) == owned(before) + [(type_number, None)] * more


def test_a_type_at_the_end_grows_without_another_block() -> None:
    plan = lay_out([SEATED, STANDING], HALL)

    assert len(grow(plan, 2, 150).blocks) == len(plan.blocks)
    assert grow(plan, 2, 100) == plan


@pytest.mark.parametrize(
    ("type_number", "quota"), [(2, 99), (2, 0), (2, -1), (2, SEATS_MOST), (1, 30), (3, 10), (0, 10), (-1, 200)]
)
def test_a_type_cannot_grow_otherwise(type_number: int, quota: int) -> None:
    with pytest.raises(InvalidTicketType):
        grow(lay_out([SEATED, STANDING], HALL), type_number, quota)


def test_types_that_take_turns_to_grow_have_at_most_so_many_blocks() -> None:
    plan = lay_out([STANDING, replace(STANDING, name="Other")], ())

    with pytest.raises(InvalidTicketType):
        for turn in range(BLOCKS_MOST):
            plan = grow(plan, 1 + turn % 2, 200 + turn)

    assert len(plan.blocks) == BLOCKS_MOST


@given(programmes(), st.integers(min_value=0, max_value=30))
def test_an_event_grows_by_general_admission_if_it_has_any(
    programme: tuple[tuple[SeatBlock, ...], list[TicketTypeDraft]], more: int
) -> None:
    hall, drafts = programme
    before = lay_out(drafts, hall)
    general = [block.type_number for block in before.blocks if block.seats is None]

    if general or not more:
        after = before.grown_to(before.capacity + more)
        assert_whole(after)
        assert owned(after) == owned(before) + [(general[-1] if general else 0, None)] * more
    else:
        with pytest.raises(InvalidSeatCount):
            before.grown_to(before.capacity + more)


def test_an_event_without_ticket_types_grows_by_what_it_has() -> None:
    assert standard_plan(20).grown_to(25) == standard_plan(25)


# Changing


def test_an_organizer_changes_what_they_name_and_nothing_else() -> None:
    before = lay_out([SEATED, replace(STANDING, early_bird=EarlyBird(1900, OPENING))], HALL)

    after = revise_type(before, 2, TicketTypeChanges(name=" Floor ", price=3900, quota=120))

    assert after.types == (
        before.types[0],
        TicketType(2, "Floor", "", 3900, EarlyBird(1900, OPENING), 120),
    )
    assert_whole(after)
    assert revise_type(before, 2, TicketTypeChanges()) == before


def test_an_early_bird_can_come_and_go() -> None:
    before = lay_out([STANDING], ())

    with_it = revise_type(before, 1, TicketTypeChanges(early_bird=EarlyBird(1900, OPENING)))

    assert with_it.types[0].early_bird == EarlyBird(1900, OPENING)
    assert revise_type(with_it, 1, TicketTypeChanges(end_early_bird=True)) == before
    cheaper = TicketTypeChanges(price=1500, end_early_bird=True)
    assert revise_type(with_it, 1, cheaper).types[0].price_at(OPENING - timedelta(days=1)) == 1500


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        (TicketTypeChanges(name=""), InvalidTicketType),
        (TicketTypeChanges(name="Seated"), InvalidTicketType),
        (TicketTypeChanges(description="\x00"), InvalidTicketType),
        (TicketTypeChanges(price=-1), InvalidTicketType),
        (TicketTypeChanges(price=PRICE_MOST + 1), InvalidTicketType),
        (TicketTypeChanges(price=1900), InvalidTicketType),
        (TicketTypeChanges(quota=99), InvalidTicketType),
        (TicketTypeChanges(early_bird=EarlyBird(2900, OPENING)), InvalidTicketType),
    ],
)
def test_changes_that_make_no_sense_are_refused(changes: TicketTypeChanges, refusal: type[BookedError]) -> None:
    before = lay_out([SEATED, replace(STANDING, early_bird=EarlyBird(1900, OPENING))], HALL)

    with pytest.raises(refusal):
        revise_type(before, 2, changes)


# Changing prices during the sale

LIFETIME = timedelta(minutes=20)
DEARER, DEARER_STILL = TicketTypeChanges(price=5900), TicketTypeChanges(price=6900)


def change_price(plan: TicketPlan, type_number: int, changes: TicketTypeChanges, now: datetime) -> TicketPlan:
    return keep_former_prices(plan, revise_type(plan, type_number, changes), now, LIFETIME)


def test_a_new_price_counts_a_little_later_and_to_the_second() -> None:
    before = lay_out([SEATED, STANDING], HALL)

    after = change_price(before, 1, DEARER, OPENING + timedelta(milliseconds=900))

    former = FormerPrice(4900, None, OPENING + PRICE_NOTICE)
    assert after.types == (replace(before.types[0], price=5900, former=(former,)), before.types[1])
    assert after.blocks == before.blocks


@pytest.mark.parametrize(
    "changes",
    [
        TicketTypeChanges(name="Floor", description="Loud.", quota=150),
        TicketTypeChanges(price=2900),
        TicketTypeChanges(early_bird=EarlyBird(1800, OPENING)),
    ],
)
def test_a_change_of_something_else_is_no_change_of_price(changes: TicketTypeChanges) -> None:
    announced = TicketTypeChanges(early_bird=EarlyBird(1800, OPENING))
    before = change_price(lay_out([STANDING], ()), 1, announced, OPENING)

    after = change_price(before, 1, changes, OPENING)

    assert after.types[0].former == before.types[0].former == (FormerPrice(2900, None, OPENING + PRICE_NOTICE),)


def test_however_often_a_price_changes_each_moment_keeps_its_own() -> None:
    plan = lay_out([SEATED], HALL)
    moments = [OPENING + timedelta(seconds=seconds) for seconds in (0, 30, 60, 600)]

    for number, moment in enumerate(moments, start=1):
        plan = change_price(plan, 1, TicketTypeChanges(price=number), moment)

    prices = [plan.types[0].price_at(moment + PRICE_NOTICE) for moment in moments]
    just_before = [plan.types[0].price_at(moment + PRICE_NOTICE - timedelta(seconds=1)) for moment in moments]
    assert prices == [1, 2, 3, 4]
    assert just_before == [4900, 1, 2, 3]


@pytest.mark.parametrize("earlier_clock", [timedelta(0), timedelta(seconds=2)])
def test_a_price_that_never_counted_is_no_former_price(earlier_clock: timedelta) -> None:
    typo = change_price(lay_out([SEATED], HALL), 1, DEARER, OPENING)

    corrected = change_price(typo, 1, DEARER_STILL, OPENING - earlier_clock)

    assert corrected.types[0].former == (FormerPrice(4900, None, OPENING + PRICE_NOTICE),)
    assert corrected.types[0].price == 6900


def test_a_former_price_is_forgotten_when_nothing_reserved_can_cost_it_any_more() -> None:
    changed = change_price(lay_out([SEATED], HALL), 1, DEARER, OPENING)
    gone = OPENING + PRICE_NOTICE + LIFETIME

    before = change_price(changed, 1, DEARER_STILL, gone - timedelta(microseconds=1))
    after = change_price(changed, 1, DEARER_STILL, gone)

    assert [former.price for former in before.types[0].former] == [4900, 5900]
    assert [former.price for former in after.types[0].former] == [5900]


def test_a_price_that_changed_too_often_waits_until_a_former_one_is_forgotten() -> None:
    plan = lay_out([SEATED, STANDING], HALL)
    for number in range(FORMER_PRICES_MOST):
        plan = change_price(plan, 1, TicketTypeChanges(price=number), OPENING + timedelta(seconds=number))
    again = OPENING + PRICE_NOTICE + LIFETIME

    with pytest.raises(PriceFixed):
        change_price(plan, 1, DEARER, again - timedelta(microseconds=1))
    other = change_price(plan, 2, DEARER, OPENING)
    after = change_price(plan, 1, DEARER, again)

    assert other.types[1].former == (FormerPrice(2900, None, OPENING + PRICE_NOTICE),)
    assert len(after.types[0].former) == FORMER_PRICES_MOST


@pytest.mark.parametrize("type_number", [0, 3, -1])
def test_only_a_type_that_there_is_can_be_changed(type_number: int) -> None:
    with pytest.raises(NoSuchTicketType):
        revise_type(lay_out([SEATED, STANDING], HALL), type_number, TicketTypeChanges(price=1))


def test_a_type_with_seats_has_as_many_tickets_as_seats() -> None:
    with pytest.raises(InvalidTicketType):
        revise_type(lay_out([SEATED], HALL), 1, TicketTypeChanges(quota=100))
