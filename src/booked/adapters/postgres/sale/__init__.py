"""Holds, reservations, bookings, the waitlist and idempotency keys."""
