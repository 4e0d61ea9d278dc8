"""Something to look at: real venues, made-up evenings, a few people and their bookings.

All of it is made through the services, as people would. What is there already is left as it is.
"""

from booked.demo.box_office import Demo, Login

__all__ = ["Demo", "Login"]
