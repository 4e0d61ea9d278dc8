"""What a page says once, after a form was sent and the browser was led on: the names stand in a cookie."""

from enum import Enum

from booked.adapters.http.contracts.web.marking import N_


class Notice(Enum):
    """A sentence for each success, and for what came too late."""

    LOGGED_IN = N_("You are logged in.")
    LOGGED_OUT = N_("You are logged out.")
    ON_SALE = N_("It is on sale.")
    SAVED = N_("It is saved.")
    EVENT_DELETED = N_("The event is deleted.")
    TYPE_DELETED = N_("The ticket type is deleted.")
    DRAFT_KEPT = N_("Your draft is kept. Nobody else sees it yet.")
    POSTPONED = N_("It is postponed. Nothing is sold until you put it on sale again.")
    CALLED_OFF = N_("It is called off, and all bookings are cancelled.")
    REGISTERED = N_("Welcome! Your account is ready and you are logged in.")
    BOOKED = N_("Booked! The tickets are yours.")
    CHANGED = N_("You hold another number of tickets now.")
    EXTENDED = N_("You have more time now.")
    CANCELLED = N_("The tickets are cancelled.")
    CHECKED_IN = N_("The ticket is checked in.")
    CHECK_IN_UNDONE = N_("The ticket is not checked in any more.")
    WAITING = N_("You are on the waitlist.")
    LEFT = N_("You do not wait any more.")
    OFFER_OVER = N_("This offer is over. Its tickets are no longer held for you.")
    GIVEN_BACK = N_("The tickets are given back.")
    ROLE_CHANGED = N_("The role is changed.")
    MEMBER_ADDED = N_("The member is added.")
    MEMBER_REMOVED = N_("The member is removed.")
    BLOCKED = N_("The seats are kept from sale.")
    UNBLOCKED = N_("The seats are on sale again.")
    VENUE_MADE = N_("The venue is made. Put on an event there, or go on with its seats.")
    VENUE_DELETED = N_("The venue is deleted.")
    CATEGORY_MADE = N_("The category is made.")
    CATEGORY_RENAMED = N_("The category has another name now.")
    CATEGORY_DELETED = N_("The category is deleted.")
    KEY_REVOKED = N_("The key is revoked. Nobody can use it any more.")

    @property
    def is_good(self) -> bool:
        return self is not Notice.OFFER_OVER

    @classmethod
    def named(cls, name: str | None) -> "Notice | None":
        return cls.__members__.get(name or "")
