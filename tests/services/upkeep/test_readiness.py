"""Which stores answer."""

import pytest

from booked.domain.errors import StoreReadFailed
from tests.memory.database import MemoryDatabase
from tests.memory.holds import MemoryHoldStore
from tests.services.box_office import BoxOffice


async def away(_: object) -> None:
    raise StoreReadFailed


async def test_both_stores_are_ready_when_they_answer(office: BoxOffice) -> None:
    assert await office.readiness.stores() == {"database": True, "holds": True}


@pytest.mark.parametrize(("store", "name"), [(MemoryDatabase, "database"), (MemoryHoldStore, "holds")])
async def test_a_store_that_does_not_answer_is_named(
    office: BoxOffice, monkeypatch: pytest.MonkeyPatch, store: type, name: str
) -> None:
    monkeypatch.setattr(store, "ping", away)

    assert await office.readiness.stores() == {"database": True, "holds": True} | {name: False}
