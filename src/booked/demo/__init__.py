"""Something to look at, made through the services, as people would make it.

The demo has real venues, made-up evenings, a few people and their bookings; what is there already is left as it is.
Seeding makes up any amount of everything, at random.
"""

from booked.demo.logins import Login
from booked.demo.scenario import Demo, Introduction

__all__ = ["Demo", "Introduction", "Login"]
