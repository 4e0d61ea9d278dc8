"""Ticket types and their blocks of ticket numbers: how they are written and read."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from itertools import groupby
from operator import itemgetter
from typing import Any

import asyncpg

from booked.adapters.postgres.statements import Statements
from booked.domain.model.ids import EventId
from booked.domain.model.programme.seating import Block, RowStyle, SeatBlock
from booked.domain.model.programme.ticket_types import EarlyBird, FormerPrice, TicketPlan, TicketType
from booked.domain.model.programme.times import SalesWindow
from booked.domain.model.programme.type_rules import TypeRules, WithheldTickets

# The first part of a statement whose parameters $1 to $27 are an event's id and what `arguments` makes of a plan.
# Blocks only ever become more or longer, also those of retired types, which no plan has.
KEEP_PLAN = """
    former AS (
        SELECT type_number, array_agg((until, price, early_price, early_until)::former_price ORDER BY until) AS prices
        FROM unnest($14::smallint[], $15::timestamptz[], $16::bigint[], $17::bigint[], $18::timestamptz[])
            AS former (type_number, until, price, early_price, early_until)
        GROUP BY type_number
    ), type AS (
        INSERT INTO ticket_types
            (event_id, number, name, description, price, early_price, early_until, quota,
                hidden, paused, sales_start, sales_end, min_per_order, former)
        SELECT $1, type.*, coalesce(former.prices, '{}')
        FROM unnest(
            $2::smallint[], $3::text[], $4::text[], $5::bigint[], $6::bigint[], $7::timestamptz[], $8::integer[],
            $9::boolean[], $10::boolean[], $11::timestamptz[], $12::timestamptz[], $13::smallint[]
        ) AS type (
            number, name, description, price, early_price, early_until, quota,
            hidden, paused, sales_start, sales_end, min_per_order
        )
        LEFT JOIN former ON former.type_number = type.number
        ON CONFLICT (event_id, number) DO UPDATE
        SET name = excluded.name,
            description = excluded.description,
            price = excluded.price,
            early_price = excluded.early_price,
            early_until = excluded.early_until,
            quota = excluded.quota,
            hidden = excluded.hidden,
            paused = excluded.paused,
            sales_start = excluded.sales_start,
            sales_end = excluded.sales_end,
            min_per_order = excluded.min_per_order,
            former = excluded.former
    ), block AS (
        INSERT INTO blocks
            (event_id, first, last, type_number, section, rows, seats_per_row, first_row, first_seat, row_style)
        SELECT $1, * FROM unnest(
            $19::integer[], $20::integer[], $21::smallint[],
            $22::text[], $23::integer[], $24::integer[], $25::integer[], $26::integer[], $27::text[]
        )
        ON CONFLICT (event_id, first) DO UPDATE
        SET last = excluded.last
        WHERE blocks.last < excluded.last
    )"""

# A type's columns are repeated for each of its blocks. Limits are in the event's row, which a commit locks and reads.
PLANS = """
    SELECT blocks.event_id, type.number, name, description, price, early_price, early_until, quota, former, retired,
           hidden, paused, sales_start, sales_end, min_per_order, type_limits[type.number] AS max_per_user,
           first, last, section, rows, seats_per_row, first_row, first_seat, row_style
    FROM blocks
    JOIN ticket_types AS type ON type.event_id = blocks.event_id AND type.number = blocks.type_number
    JOIN (SELECT id, type_limits FROM events WHERE id = ANY ($1::uuid[])) AS event ON event.id = blocks.event_id
    WHERE blocks.event_id = ANY ($1::uuid[])
    ORDER BY blocks.event_id, first
"""

# What the house has is among what is counted by type, and its tickets are few.
TYPE_COUNTS = """
    SELECT number, coalesce(sold_by_type[number], 0) - coalesce(blocked.tickets, 0) AS sold,
        coalesce(blocked.tickets, 0) AS blocked
    FROM ticket_types
    JOIN events ON events.id = ticket_types.event_id
    LEFT JOIN (
        SELECT type_number, count(*)::integer AS tickets
        FROM tickets
        WHERE event_id = $1 AND user_id = $1 AND cancelled_at IS NULL
        GROUP BY type_number
    ) AS blocked ON blocked.type_number = number
    WHERE event_id = $1 AND NOT retired
"""

# What the public cannot reserve of each event, although it is not sold: of the types that are not on offer at a moment.
WITHHELD = """
    SELECT
        event_id,
        (sum(unsold) FILTER (WHERE NOT offered))::integer AS tickets,
        min(sales_start) FILTER (WHERE shown AND NOT paused AND sales_start > $2 AND unsold > 0) AS opens_at,
        bool_or(shown AND paused AND NOT ended AND unsold > 0) AS is_paused,
        coalesce(bool_and(ended) FILTER (WHERE shown), false) AS is_over
    FROM (
        SELECT
            type.*,
            NOT hidden AS shown,
            is_offered(type, $2) AS offered,
            coalesce(type.sales_end <= $2, false) AS ended,
            quota - coalesce(sold_by_type[number], 0) AS unsold
        FROM ticket_types AS type
        JOIN events ON events.id = type.event_id
        WHERE event_id = ANY ($1::uuid[]) AND NOT retired
    ) AS type
    GROUP BY event_id
    HAVING NOT bool_and(offered)
"""

NO_SEATS = (None,) * 6
FORMER_PRICE_COLUMNS = 5

# Who has how many tickets of a type is counted while the type has a limit: from what is sold when it gets one.
FORGET_BUYERS = "DELETE FROM type_buyers WHERE event_id = $1 AND ($2::integer[])[type_number] IS NULL"
COUNT_BUYERS = """
    INSERT INTO type_buyers (event_id, user_id, type_number, tickets)
    SELECT event_id, user_id, type_number, count(*)
    FROM tickets
    WHERE event_id = $1 AND cancelled_at IS NULL AND user_id <> event_id AND type_number IN (
        SELECT number
        FROM events, generate_subscripts($2::integer[], 1) AS number
        WHERE id = $1 AND ($2::integer[])[number] IS NOT NULL AND type_limits[number] IS NULL
    )
    GROUP BY event_id, user_id, type_number
"""

SAVE_PLAN = f"""
    WITH {KEEP_PLAN}
    UPDATE events
    SET seat_count = greatest(seat_count, $28), has_type_rules = $29, type_limits = $30,
        version = version + 1
    WHERE id = $1
"""

EMPTY_PLAN = """
    WITH block AS (
        DELETE FROM blocks
        WHERE event_id = $1
    ), type AS (
        DELETE FROM ticket_types
        WHERE event_id = $1
    )
    UPDATE events
    SET seat_count = 1
    WHERE id = $1
"""


# The counts of the event are those of a type sold to the house. Quarters have what was sold to people, also if it was
# cancelled since.
RETIRE = """
    WITH retired AS (
        UPDATE ticket_types
        SET retired = true
        WHERE event_id = $1 AND number = $2
          AND NOT EXISTS (SELECT FROM event_quarters WHERE event_id = $1 AND type_number = $2)
          AND NOT EXISTS (SELECT FROM events WHERE id = $1 AND sold_by_type[$2] > 0)
        RETURNING quota
    )
    UPDATE events
    SET sold = sold + quota, blocked = blocked + quota, sold_by_type[$2] = quota
    FROM retired
    WHERE id = $1
    RETURNING id
"""


class PostgresTicketPlans:
    def __init__(self, statements: Statements) -> None:
        self._statements = statements

    async def get(self, event_id: EventId) -> TicketPlan | None:
        return (await self.get_all([event_id])).get(event_id)

    async def get_all(self, event_ids: Collection[EventId]) -> dict[EventId, TicketPlan]:
        return plans_of(await self._statements.read(PLANS, list(event_ids)))

    async def save(self, event_id: EventId, plan: TicketPlan) -> None:
        limits = type_limits(plan)
        await self._statements.write(FORGET_BUYERS, event_id, limits)
        if plan.has_limits:
            await self._statements.write(COUNT_BUYERS, event_id, limits)
        await self._statements.write(SAVE_PLAN, event_id, *arguments(plan), plan.capacity, plan.has_rules, limits)

    async def replace(self, event_id: EventId, plan: TicketPlan) -> None:
        await self._statements.write(EMPTY_PLAN, event_id)
        await self.save(event_id, plan)

    async def retire(self, event_id: EventId, type_number: int) -> bool:
        return bool(await self._statements.write(RETIRE, event_id, type_number))

    async def type_counts(self, event_id: EventId) -> dict[int, tuple[int, int]]:
        rows = await self._statements.read(TYPE_COUNTS, event_id)
        return {row["number"]: (row["sold"], row["blocked"]) for row in rows}

    async def withheld(self, event_ids: Collection[EventId], now: datetime) -> dict[EventId, WithheldTickets]:
        rows = await self._statements.read(WITHHELD, list(event_ids), now)
        return {
            EventId(str(event_id)): WithheldTickets(tickets, opens_at, is_paused, is_over)
            for event_id, tickets, opens_at, is_paused, is_over in rows
        }


def arguments(plan: TicketPlan) -> list[list[Any]]:
    """Return the parameters from $2 on of a statement with `KEEP_PLAN`: a list for each column."""
    types = [_type_columns(type_) for type_ in plan.types]
    former = [(type_.number, *_former_columns(price)) for type_ in plan.types for price in type_.former]
    blocks = [_block_columns(block) for block in plan.blocks]
    former_lists = [list(column) for column in zip(*former, strict=True)] or [[] for _ in range(FORMER_PRICE_COLUMNS)]
    return [*map(list, zip(*types, strict=True)), *former_lists, *map(list, zip(*blocks, strict=True))]


def type_limits(plan: TicketPlan) -> list[int | None]:
    """Return the most tickets of each type a user may have, by the type's number; an empty list without limits."""
    limits = {type_.number: type_.rules.max_per_user for type_ in plan.types}
    return [limits.get(number) for number in range(1, max(limits) + 1)] if plan.has_limits else []


def plans_of(rows: Iterable[asyncpg.Record]) -> dict[EventId, TicketPlan]:
    of_events = groupby(rows, key=itemgetter("event_id"))
    return {EventId(str(event_id)): _plan(list(those)) for event_id, those in of_events}


def _plan(rows: Sequence[asyncpg.Record]) -> TicketPlan:
    present = [row for row in rows if not row["retired"]]
    types = {row["number"]: _type(row) for row in present}
    return TicketPlan(
        types=tuple(types[number] for number in sorted(types)),
        blocks=tuple(_block(row) for row in present),
        retired=tuple(_block(row) for row in rows if row["retired"]),
    )


def _type_columns(type_: TicketType) -> tuple[Any, ...]:
    early_columns = _early_columns(type_.early_bird)
    rules = type_.rules
    rule_columns = (rules.hidden, rules.paused, rules.sales.start, rules.sales.end, rules.min_per_order)
    return (type_.number, type_.name, type_.description, type_.price, *early_columns, type_.quota, *rule_columns)


def _former_columns(former: FormerPrice) -> tuple[Any, ...]:
    return (former.until, former.price, *_early_columns(former.early_bird))


def _early_columns(early: EarlyBird | None) -> tuple[Any, ...]:
    return (early.price, early.until) if early else (None, None)


def _block_columns(block: Block) -> tuple[Any, ...]:
    seats = block.seats
    place = (
        (seats.section, seats.rows, seats.seats_per_row, seats.first_row, seats.first_seat, seats.row_style)
        if seats
        else NO_SEATS
    )
    return (block.first, block.last, block.type_number, *place)


def _type(row: asyncpg.Record) -> TicketType:
    return TicketType(
        number=row["number"],
        name=row["name"],
        description=row["description"],
        price=row["price"],
        early_bird=_early_bird(row["early_price"], row["early_until"]),
        quota=row["quota"],
        former=tuple(
            FormerPrice(price, _early_bird(early_price, early_until), until)
            for until, price, early_price, early_until in row["former"]
        ),
        rules=TypeRules(
            hidden=row["hidden"],
            paused=row["paused"],
            sales=SalesWindow(row["sales_start"], row["sales_end"]),
            min_per_order=row["min_per_order"],
            max_per_user=row["max_per_user"],
        ),
    )


def _early_bird(price: int | None, until: datetime | None) -> EarlyBird | None:
    return None if price is None or until is None else EarlyBird(price, until)


def _block(row: asyncpg.Record) -> Block:
    seats = None
    if row["section"] is not None:
        seats = SeatBlock(
            section=row["section"],
            rows=row["rows"],
            seats_per_row=row["seats_per_row"],
            first_row=row["first_row"],
            first_seat=row["first_seat"],
            row_style=RowStyle(row["row_style"]),
        )
    return Block(row["first"], row["last"], row["number"], seats)
