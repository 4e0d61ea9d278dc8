"""Figures for those who run events."""

import pytest

from booked.domain.model.figures.analytics import Cancellations, EventSales
from tests.builders import an_event_id


@pytest.mark.parametrize(("sold", "utilisation"), [(0, 0.0), (5, 0.25), (20, 1.0)])
def test_capacity_utilisation_is_the_share_of_seats_that_are_sold(sold: int, utilisation: float) -> None:
    assert EventSales(an_event_id(), seats=20, sold=sold, booked_today=0).capacity_utilisation == utilisation


@pytest.mark.parametrize(("booked", "cancelled", "rate"), [(0, 0, 0.0), (8, 0, 0.0), (8, 2, 0.25), (3, 3, 1.0)])
def test_the_cancellation_rate_is_the_share_of_booked_tickets_that_were_cancelled(
    booked: int, cancelled: int, rate: float
) -> None:
    assert Cancellations(an_event_id(), booked, cancelled).rate == rate
