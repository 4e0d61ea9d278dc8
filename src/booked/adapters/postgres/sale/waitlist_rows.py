"""Entries, offers and places of the waitlist, read from rows."""

import asyncpg

from booked.domain.model.ids import EntryId, EventId, UserId
from booked.domain.model.sale.waitlist import Demand, Entry, EntryState, Offer, WaitlistPlace


def demand_of(row: asyncpg.Record) -> Demand:
    return Demand(EventId(str(row["id"])), tickets=row["waiting"], version=row["waiting_version"])


def entry_of(row: asyncpg.Record) -> Entry:
    return Entry(
        id=EntryId(str(row["id"])),
        event_id=EventId(str(row["event_id"])),
        user_id=UserId(str(row["user_id"])),
        count=row["tickets"],
        passed=row["passed"],
        gathering_since=row["gathering_since"],
        version=row["version"],
        type_number=row["type_number"] or None,
    )


def offer_of(row: asyncpg.Record) -> Offer:
    return Offer(
        entry_id=EntryId(str(row["id"])),
        event_id=EventId(str(row["event_id"])),
        user_id=UserId(str(row["user_id"])),
        numbers=tuple(row["offered_numbers"]),
        expires_at=row["offer_expires_at"],
        version=row["version"],
        told=row["told"],
    )


def place_of(row: asyncpg.Record) -> WaitlistPlace:
    return WaitlistPlace(
        entry_id=EntryId(str(row["id"])),
        event_id=EventId(str(row["event_id"])),
        user_id=UserId(str(row["user_id"])),
        event_name=row["event_name"],
        count=row["tickets"],
        state=EntryState(row["state"]),
        position=row["position"],
        joined_at=row["joined_at"],
        numbers=tuple(row["offered_numbers"] or ()),
        offer_expires_at=row["offer_expires_at"],
        type_number=row["type_number"] or None,
        version=row["version"],
    )
