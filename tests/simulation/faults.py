"""Faults that are made on purpose, and what has to be found then."""

from collections.abc import Callable

import pytest

from booked.domain.errors import StoreError
from booked.domain.model.ids import EventId
from booked.domain.model.sale.bookings import Verdict
from booked.domain.model.sale.holds import Claim
from booked.domain.services.sale.sales import SaleService
from booked.domain.services.upkeep.inventory import InventoryService
from tests.memory import bookings

Fault = Callable[[pytest.MonkeyPatch], None]


def take_silence_for_a_yes(patch: pytest.MonkeyPatch) -> None:
    async def decide(self: SaleService, claim: Claim) -> Verdict:
        try:
            return await self.database.bookings.commit(claim, claim.terms)
        except StoreError:
            return Verdict.BOOKED

    patch.setattr(SaleService, "_decide", decide)


def sweep_without_a_fence_or_the_unique_index(patch: pytest.MonkeyPatch) -> None:
    objection = bookings._objection

    def without_the_index(*arguments: object) -> Verdict | None:
        verdict = objection(*arguments)  # type: ignore[arg-type]
        return None if verdict is Verdict.ALREADY_SOLD else verdict

    patch.setattr(InventoryService, "_resolve", InventoryService.give_up)
    patch.setattr(bookings, "_objection", without_the_index)


def never_audit(patch: pytest.MonkeyPatch) -> None:
    async def audit(_: InventoryService, __: EventId) -> bool:
        return False

    patch.setattr(InventoryService, "audit", audit)


FAULTS: dict[Fault, str] = {
    take_silence_for_a_yes: "a confirmed booking is lost",
    sweep_without_a_fence_or_the_unique_index: "a ticket is sold twice",
    never_audit: "the stores disagree",
}
