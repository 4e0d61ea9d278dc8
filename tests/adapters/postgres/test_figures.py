"""Figures of thousands of events keep nobody waiting."""

from collections.abc import Mapping
from typing import Any, cast

from booked.adapters.postgres.figures.analytics import ROWS_AT_ONCE, PostgresAnalytics
from booked.adapters.postgres.statements import Statements
from booked.domain.model.figures.analytics import EventSales
from tests.builders import an_event_id
from tests.turns import with_turns

SLICES = 5


class Columns:
    """Statements that are answered with columns of this many events."""

    def __init__(self, events: int) -> None:
        self.ids = [an_event_id() for _ in range(events)]

    async def read(self, *_: object) -> list[Mapping[int, Any]]:
        count = len(self.ids)
        return cast(
            "list[Mapping[int, Any]]", [(self.ids, [4] * count, [3] * count, [2] * count, ["published"] * count)]
        )


async def test_others_get_their_turn_while_figures_of_many_events_are_made() -> None:
    columns = Columns(SLICES * ROWS_AT_ONCE)

    sales, turns = await with_turns(PostgresAnalytics(cast(Statements, columns)).sales())

    assert sales == [EventSales(event_id, seats=4, sold=3, booked_today=2) for event_id in columns.ids]
    assert turns >= SLICES - 1
