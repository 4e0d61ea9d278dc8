"""What is counted, for Prometheus.

Where several processes serve together they count into the directory `PROMETHEUS_MULTIPROC_DIR`, where whichever of
them is asked finds the counts of all.
"""

from dataclasses import dataclass
from functools import cache

from prometheus_client import Counter, Gauge, Histogram

SECONDS = (0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30, 100)

holds = Counter("booked_holds", "Reservations made.")
held_tickets = Counter("booked_held_tickets", "Tickets in the reservations made.")
bookings = Counter("booked_bookings", "Bookings made.")
booked_tickets = Counter("booked_booked_tickets", "Tickets in the bookings made.")
cancellations = Counter("booked_cancellations", "Cancellations made.")
cancelled_tickets = Counter("booked_cancelled_tickets", "Tickets in the cancellations made.")
conflicts = Counter("booked_conflicts", "Bookings that the database refused.", ["verdict"])
uncertain_commits = Counter(
    "booked_uncertain_commits", "Times that a booking was committed again because its outcome was unknown."
)
repairs = Counter("booked_repairs", "Events installed anew in the hold store: cold ones and wrong ones.")
limited = Counter("booked_limited_requests", "Requests refused because they came too often.", ["limit"])


@dataclass(frozen=True, slots=True)
class UpkeepMetrics:
    """What only a background worker counts."""

    sweeps: Counter
    mismatches: Counter
    offers: Counter
    offered_tickets: Counter
    setbacks: Counter
    seconds: Histogram


@cache
def upkeep_metrics() -> UpkeepMetrics:
    """Return what a worker counts. From the first call on, this process shows it: elsewhere, zeros would mislead."""
    return UpkeepMetrics(
        sweeps=Counter(
            "booked_swept_claims", "Claims left behind by their process, by what became of them.", ["outcome"]
        ),
        mismatches=Counter("booked_mismatches", "Lasting disagreements between the two stores."),
        offers=Counter("booked_offers", "Offers made to the waitlist."),
        offered_tickets=Counter("booked_offered_tickets", "Tickets in the offers made."),
        setbacks=Counter("booked_setbacks", "Times that upkeep of an event failed.", ["error"]),
        seconds=Histogram("booked_upkeep_seconds", "How long a round of upkeep took.", buckets=SECONDS),
    )


@cache
def last_upkeep() -> Gauge:
    """Return the time of the last round of upkeep. It is shown once it is set."""
    return Gauge(
        "booked_last_upkeep_timestamp_seconds",
        "When the last round of upkeep ended, in Unix time. How far it lies back is how far the worker lags.",
        multiprocess_mode="max",
    )
