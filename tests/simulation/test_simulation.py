"""No order of steps, no failure of a store and no clock that jumps breaks what was promised, in runs made by seeds."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from booked.domain.errors import StoreError
from booked.domain.model.ids import EventId
from booked.domain.model.sale.bookings import Verdict
from booked.domain.model.sale.holds import Claim
from booked.domain.services.sale.sales import SaleService
from booked.domain.services.upkeep.inventory import InventoryService
from tests.memory import bookings
from tests.simulation.search import finding, findings
from tests.simulation.world import World

RUNS = 200
RUNS_OF_A_CONTROL = 1_000  # at most: it ends with the first that finds something

TELL = "from tests.simulation.test_simulation import story; print(story(5))"

Break = Callable[[pytest.MonkeyPatch], None]


def story(seed: int) -> str:
    """Return all that happened in a run."""
    world = World(seed)
    world.run()
    return repr((world.weather.trace, world.accounts))


def test_no_promise_is_broken_in_any_run() -> None:
    assert findings(range(RUNS)) == []


def test_a_run_has_late_failed_and_lost_messages_and_processes_that_die() -> None:
    outcomes = set()
    for seed in range(20):
        world = World(seed)
        world.run()
        outcomes |= {outcome for _, outcome in world.weather.trace}

    assert outcomes == {"done", "late", "failed", "lost", "died"}


def test_a_seed_replays_identically_here_and_in_another_process() -> None:
    environment = os.environ | {"PYTHONHASHSEED": "7"}
    told = subprocess.run(
        [sys.executable, "-c", TELL],
        env=environment,
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=True,
    )

    assert story(5) == story(5) == told.stdout.strip()
    assert story(5) != story(6)


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


@pytest.mark.parametrize(
    ("fault", "what"),
    [
        (take_silence_for_a_yes, "a confirmed booking is lost"),
        (sweep_without_a_fence_or_the_unique_index, "a ticket is sold twice"),
        (never_audit, "the stores disagree"),
    ],
)
def test_control_a_fault_is_found(monkeypatch: pytest.MonkeyPatch, fault: Break, what: str) -> None:
    fault(monkeypatch)

    found = next(filter(None, map(finding, range(RUNS_OF_A_CONTROL))), None)

    assert found is not None
    assert what in found[1]
