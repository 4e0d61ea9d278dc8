"""Ticket types: priced classes of tickets, each of which owns blocks of an event's ticket numbers."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import chain

from booked.domain.errors import InvalidSeatCount, InvalidTicketType, NoSuchTicketType, StillInUse
from booked.domain.model.money import require_price
from booked.domain.model.programme.seating import BLOCKS_MOST, SEATS_MOST, SECTION_LENGTH, Block, SeatBlock
from booked.domain.model.programme.times import OUT_OF_YEARS, is_within_years
from booked.domain.model.programme.type_rules import (
    SAME_RULES,
    USUAL_RULES,
    TypeRuleChanges,
    TypeRules,
    require_rules,
    revise_rules,
)
from booked.domain.model.text import require_plain, require_text

TYPES_MOST = 100
TYPE_NAME_LENGTH = 100
TYPE_DESCRIPTION_LENGTH = 1_000

STANDARD = "Standard"


@dataclass(frozen=True, slots=True)
class EarlyBird:
    """A lower price for tickets reserved before `until`."""

    price: int
    until: datetime


@dataclass(frozen=True, slots=True)
class FormerPrice:
    """The price of tickets reserved before `until`, when the next price took its place."""

    price: int
    early_bird: EarlyBird | None
    until: datetime


@dataclass(frozen=True, slots=True)
class TicketType:
    """A class of tickets at an event; `number` counts from 1, prices are in minor units of the event's currency.

    `former` are the prices before the present one that something reserved may still cost, the oldest first.
    """

    number: int
    name: str
    description: str
    price: int
    early_bird: EarlyBird | None
    quota: int
    former: tuple[FormerPrice, ...] = ()
    rules: TypeRules = USUAL_RULES

    def price_at(self, moment: datetime) -> int:
        """Return the price of a ticket reserved at this moment."""
        valid = next((former for former in self.former if moment < former.until), self)
        return valid.early_bird.price if valid.early_bird and moment < valid.early_bird.until else valid.price


@dataclass(frozen=True, slots=True)
class TicketTypeDraft:
    """A ticket type as an organizer asks for it: with a quota of general admission, or with sections of the venue."""

    name: str
    price: int
    description: str = ""
    quota: int | None = None
    sections: tuple[str, ...] = ()
    early_bird: EarlyBird | None = None
    rules: TypeRules = USUAL_RULES


@dataclass(frozen=True, slots=True)
class TicketTypeChanges:
    """What an organizer wants different. None leaves a field as it is, `end_early_bird` takes the lower price away."""

    name: str | None = None
    description: str | None = None
    price: int | None = None
    quota: int | None = None
    early_bird: EarlyBird | None = None
    end_early_bird: bool = False
    rules: TypeRuleChanges = SAME_RULES


@dataclass(frozen=True, slots=True)
class TypeSales:
    """A type with what became of its tickets. The organizer keeps `blocked` ones from sale.

    `free` ones are neither sold nor held. The public can reserve them while the type is `on_offer`, but for those
    `set_aside` for the waitlist.
    """

    type: TicketType
    sold: int
    blocked: int
    free: int
    on_offer: bool = True
    set_aside: int = 0

    @property
    def is_sold_out(self) -> bool:
        return self.free <= self.set_aside

    @property
    def available(self) -> int:
        return max(0, self.free - self.set_aside) if self.on_offer else 0


@dataclass(frozen=True, slots=True)
class TicketPlan:
    """An event's ticket types, ordered by number, and their blocks of tickets: everything it sells.

    Where a type was deleted, its number is missing. `retired` are the blocks of types that were deleted once the event
    had been published: their tickets count for its capacity, and are never on offer again.
    """

    types: tuple[TicketType, ...]
    blocks: tuple[Block, ...]
    retired: tuple[Block, ...] = ()

    @property
    def capacity(self) -> int:
        return self.places + sum(block.size for block in self.retired)

    @property
    def places(self) -> int:
        """Return how many people find room: retired tickets take none."""
        return sum(type_.quota for type_ in self.types)

    def type(self, number: int) -> TicketType | None:
        return next((type_ for type_ in self.types if type_.number == number), None)

    def known_type(self, number: int) -> TicketType:
        """Return the type of a ticket or a block, which has its number."""
        return next(type_ for type_ in self.types if type_.number == number)

    def blocks_of(self, type_number: int) -> list[Block]:
        return [block for block in self.blocks if block.type_number == type_number]

    @property
    def has_rules(self) -> bool:
        """Return whether there may be moments at which the public cannot reserve some type."""
        return any(type_.rules.may_withhold for type_ in self.types)

    @property
    def has_limits(self) -> bool:
        """Return whether of some type a user may have a limited number of tickets."""
        return any(type_.rules.max_per_user is not None for type_ in self.types)

    @property
    def for_public(self) -> "TicketPlan":
        """Return the plan without its hidden types. Ticket numbers stay, so there may be gaps."""
        types = tuple(type_ for type_ in self.types if not type_.rules.hidden)
        shown = {type_.number for type_ in types}
        return TicketPlan(types, tuple(block for block in self.blocks if block.type_number in shown))

    def withheld(self, now: datetime) -> list[Block]:
        """Return the blocks of the types the public may not reserve now."""
        offered = {type_.number for type_ in self.types if type_.rules.offers(now)}
        return [block for block in self.blocks if block.type_number not in offered]

    def grown_to(self, capacity: int) -> "TicketPlan":
        """Return a plan with more tickets: general admission, of the type that had the last of it.

        Raises `InvalidSeatCount` where there is none, `InvalidTicketType` where the blocks become too many.
        """
        if capacity == self.capacity:
            return self
        general = [block.type_number for block in self.blocks if block.seats is None]
        if not general:
            raise InvalidSeatCount("All tickets of the event are seats. Add a ticket type for further ones.")
        quotas = {type_.number: type_.quota for type_ in self.types}
        return grow(self, general[-1], quotas[general[-1]] + capacity - self.capacity)


def standard_plan(capacity: int) -> TicketPlan:
    """Return free tickets of one kind, for an event whose organizer names no ticket types."""
    return TicketPlan((TicketType(1, STANDARD, "", 0, None, capacity),), (Block(1, capacity, 1),))


def plan_of(tickets: Sequence[TicketTypeDraft] | int, layout: Sequence[SeatBlock]) -> TicketPlan:
    """Return the plan of a new event with these ticket types, or with this many free tickets of one kind."""
    return standard_plan(tickets) if isinstance(tickets, int) else lay_out(tickets, layout)


def lay_out(
    drafts: Sequence[TicketTypeDraft], layout: Sequence[SeatBlock], after: TicketPlan | None = None
) -> TicketPlan:
    """Number the tickets of these types behind those of `after`: seats in the venue's order, then general admission.

    Raises `InvalidTicketType` where a section is unknown or belongs to another type already.
    """
    before = after or TicketPlan((), ())
    used = {type_.number for type_ in before.types} | {block.type_number for block in before.retired}
    numbered = list(enumerate(drafts, start=max(used, default=0) + 1))
    _require_sections(drafts, layout, before)
    owners = {section: number for number, draft in numbered for section in draft.sections}
    first = before.capacity + 1
    blocks: list[Block] = []
    for seats in layout:
        if seats.section in owners:
            blocks.append(Block(first, first + seats.size - 1, owners[seats.section], seats))
            first += seats.size
    for number, draft in numbered:
        if draft.quota is not None:
            blocks.append(Block(first, first + draft.quota - 1, number))
            first += draft.quota
    types = [_accept(number, draft, blocks) for number, draft in numbered]
    return _require_bounded(replace(before, types=(*before.types, *types), blocks=(*before.blocks, *blocks)))


def grow(plan: TicketPlan, type_number: int, quota: int) -> TicketPlan:
    """Add tickets to a type with general admission, numbered behind all others. Raises `InvalidTicketType`."""
    grown = plan.type(type_number)
    if grown is None or any(block.seats for block in plan.blocks_of(type_number)):
        raise InvalidTicketType("A type with seats has as many tickets as seats. Add a type for further sections.")
    if quota < grown.quota:
        raise InvalidTicketType(f"The quota is {grown.quota} and can only grow.")
    if quota == grown.quota:
        return plan
    first = plan.capacity + 1
    last = first + quota - grown.quota - 1
    types = tuple(replace(type_, quota=quota) if type_ is grown else type_ for type_ in plan.types)
    *others, newest = plan.blocks
    if (newest.type_number, newest.last + 1) == (type_number, first):  # the last one can simply become longer
        blocks = (*others, replace(newest, last=last))
    else:
        blocks = (*plan.blocks, Block(first, last, type_number))
    return _require_bounded(replace(plan, types=types, blocks=blocks))


def revise_type(plan: TicketPlan, type_number: int, changes: TicketTypeChanges) -> TicketPlan:
    """Return a plan with one type changed. Raises `InvalidTicketType` or `NoSuchTicketType`."""
    present = plan.type(type_number)
    if present is None:
        raise NoSuchTicketType
    if changes.quota is not None:
        plan = grow(plan, type_number, changes.quota)
    price = present.price if changes.price is None else require_price(changes.price)
    early_bird = None if changes.end_early_bird else changes.early_bird or present.early_bird
    changed = replace(
        present,
        name=present.name if changes.name is None else require_type_name(changes.name),
        description=present.description
        if changes.description is None
        else require_type_description(changes.description),
        price=price,
        early_bird=require_early_bird(early_bird, price),
        quota=present.quota if changes.quota is None else changes.quota,
        rules=revise_rules(present.rules, changes.rules),
    )
    types = tuple(changed if type_.number == type_number else type_ for type_ in plan.types)
    return _require_bounded(replace(plan, types=types))


def retire_type(plan: TicketPlan, type_number: int) -> TicketPlan:
    """Return a plan without a type whose tickets keep their numbers. Raises as `without_type` does."""
    return TicketPlan(
        types=_types_without(plan, type_number),
        blocks=tuple(block for block in plan.blocks if block.type_number != type_number),
        retired=(*plan.retired, *plan.blocks_of(type_number)),
    )


def without_type(plan: TicketPlan, type_number: int) -> TicketPlan:
    """Return a plan without a type. The tickets behind it get lower numbers, so nobody may have any.

    The other types keep their numbers. Raises `NoSuchTicketType`, or `StillInUse` for the only type.
    """
    types = _types_without(plan, type_number)
    blocks: list[Block] = []
    for block in plan.blocks:
        if block.type_number != type_number:
            first = blocks[-1].last + 1 if blocks else 1
            blocks.append(replace(block, first=first, last=first + block.size - 1))
    return TicketPlan(types, tuple(blocks))


def require_type_name(name: str) -> str:
    return require_text(name, InvalidTicketType, "name of a ticket type", TYPE_NAME_LENGTH)


def require_type_description(description: str) -> str:
    return require_plain(
        description, InvalidTicketType, "description of a ticket type", TYPE_DESCRIPTION_LENGTH, multiline=True
    )


def require_early_bird(early_bird: EarlyBird | None, price: int) -> EarlyBird | None:
    if early_bird is None:
        return None
    if not is_within_years(early_bird.until):
        raise InvalidTicketType(OUT_OF_YEARS)
    if require_price(early_bird.price) >= price:
        raise InvalidTicketType("An early-bird price must be lower than the price.")
    return early_bird


def _types_without(plan: TicketPlan, type_number: int) -> tuple[TicketType, ...]:
    if plan.type(type_number) is None:
        raise NoSuchTicketType
    types = tuple(type_ for type_ in plan.types if type_.number != type_number)
    if not types:
        raise StillInUse("It is the only ticket type of its event. Add another one first.")
    return types


def _accept(number: int, draft: TicketTypeDraft, blocks: Sequence[Block]) -> TicketType:
    price = require_price(draft.price)
    return TicketType(
        number=number,
        name=require_type_name(draft.name),
        description=require_type_description(draft.description),
        price=price,
        early_bird=require_early_bird(draft.early_bird, price),
        quota=sum(block.size for block in blocks if block.type_number == number),
        rules=require_rules(draft.rules),
    )


def _require_sections(drafts: Sequence[TicketTypeDraft], layout: Sequence[SeatBlock], before: TicketPlan) -> None:
    known = {seats.section for seats in layout}
    taken = {block.seats.section for block in before.blocks if block.seats}
    for section in chain.from_iterable(draft.sections for draft in drafts):
        require_text(section, InvalidTicketType, "section", SECTION_LENGTH)
        if section not in known:
            raise InvalidTicketType(f"The venue has no section {section!r}.")
        if section in taken:
            raise InvalidTicketType(f"Section {section!r} belongs to two ticket types.")
        taken.add(section)
    for draft in drafts:
        if (draft.quota is None) == (not draft.sections):
            raise InvalidTicketType("A ticket type has either a quota or sections of the venue.")
        if draft.quota is not None and not 1 <= draft.quota <= SEATS_MOST:
            raise InvalidTicketType(f"A quota is a whole number from 1 to {SEATS_MOST}.")


def _require_bounded(plan: TicketPlan) -> TicketPlan:
    if not 1 <= len(plan.types) <= TYPES_MOST:
        raise InvalidTicketType(f"An event has from 1 to {TYPES_MOST} ticket types.")
    if len({type_.name for type_ in plan.types}) < len(plan.types):
        raise InvalidTicketType("Two ticket types have the same name.")
    if len(plan.blocks) + len(plan.retired) > BLOCKS_MOST:
        raise InvalidTicketType(f"An event has at most {BLOCKS_MOST} blocks of tickets.")
    if plan.capacity > SEATS_MOST:
        raise InvalidTicketType(f"An event has at most {SEATS_MOST} tickets.")
    return plan
