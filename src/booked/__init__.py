"""Booked: an event box office that never sells a seat twice, however many people arrive at once."""

__version__ = "0.1.0"
