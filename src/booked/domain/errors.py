"""The error catalogue: one class per way in which Booked says no.

A class carries a category, a number that is unique in it, and a sentence that tells the reader what to do. Which HTTP
status an error becomes is the business of each HTTP contract.
"""

from collections.abc import Iterator
from typing import ClassVar


class BookedError(Exception):
    """An answer that the caller is meant to read; `detail` adds what is particular to this occasion."""

    category: ClassVar[str]
    number: ClassVar[str]
    message: ClassVar[str]

    def __init__(self, detail: str | None = None) -> None:
        super().__init__(detail or self.message)
        self.detail = detail

    @property
    def code(self) -> str:
        """Category and number as people write them, such as `TICKET-02`."""
        return f"{self.category}-{self.number}"


def catalogue() -> list[type[BookedError]]:
    """Every error there is, by category in order of appearance and by number."""
    return list(_leaves(BookedError))


def _leaves(parent: type[BookedError]) -> Iterator[type[BookedError]]:
    for child in parent.__subclasses__():
        if "number" in vars(child):
            yield child
        yield from _leaves(child)


class SysError(BookedError):
    category = "SYS"


class InvalidJSON(SysError):
    number = "01"
    message = "The request body could not be read. Send a JSON object with the documented fields and types."


class UnknownError(SysError):
    number = "02"
    message = "Something went wrong on our side. Try again; if it stays, report the request id of this reply."


class InvalidUUID(SysError):
    number = "03"
    message = "An id is not a UUID. Send ids exactly as Booked gave them to you."


class NoSuchRoute(SysError):
    number = "04"
    message = "There is nothing at this address. The interactive documentation at /docs lists every route."


class MethodNotAllowed(SysError):
    number = "05"
    message = "This address does not take that method. The Allow header lists the ones it takes."


class BodyTooLarge(SysError):
    number = "06"
    message = "The request body is too large. Send at most 64 KB."


class NotJSON(SysError):
    number = "07"
    message = "The request body is not declared as JSON. Send it with the header Content-Type: application/json."


class Busy(SysError):
    number = "09"
    message = "Too much is going on right now. Nothing has changed; try again in a moment."


class RequestTimeout(SysError):
    number = "11"
    message = "The request took too long to arrive. Send it again, whole."


class UserError(BookedError):
    category = "USER"


class NotAnAdmin(UserError):
    number = "01"
    message = "This needs the admin role. Log in with an account that has it."


class EmptyPassword(UserError):
    number = "02"
    message = "The password is empty. Choose one."


class UserNotFound(UserError):
    number = "03"
    message = "There is no account with this e-mail address. Register first."


class InvalidPassword(UserError):
    number = "04"
    message = "The password is not right. Try again."


class TokenNotSigned(UserError):
    number = "05"
    message = "A token could not be signed. Try again; if it stays, tell the operator."


class InvalidToken(UserError):
    number = "06"
    message = "The token is missing, wrong or has expired. Log in and send it as Authorization: Bearer <token>."


class EmptyEmail(UserError):
    number = "07"
    message = "The e-mail address is empty. Send one."


class EmptyName(UserError):
    number = "08"
    message = "The name is empty or cannot be used. Send a name of 1 to 200 characters without control characters."


class EmailTaken(UserError):
    number = "09"
    message = "There is already an account with this e-mail address. Log in instead."


class InvalidEmail(UserError):
    number = "10"
    message = "This is not an e-mail address. Send one like ann@example.com, of at most 254 characters."


class PasswordRefused(UserError):
    number = "11"
    message = "The password cannot be used. Choose one that is long enough and has at most 1,024 bytes."


class EventError(BookedError):
    category = "EVENT"


class InvalidSeatCount(EventError):
    number = "01"
    message = "The seat count is out of range. Send a whole number from 1 to 10,000,000."


class InvalidEventId(EventError):
    number = "02"
    message = "The event id is not a UUID. Send the id exactly as the event list gives it."


class NoEventFound(EventError):
    number = "03"
    message = "There is no event with this id on sale. The event list shows those that are."


class InvalidEvent(EventError):
    number = "04"
    message = "The event's data cannot be used."


class SeatCountReduced(EventError):
    number = "05"
    message = "An event's seat count can grow but not shrink. Send at least its present seat count."


class TicketError(BookedError):
    category = "TICKET"


class TooFewTickets(TicketError):
    number = "01"
    message = "There are not enough tickets for this. Ask for fewer, or join the waitlist."


class TicketNotReserved(TicketError):
    number = "02"
    message = "A ticket is not reserved for you, or its reservation has lapsed. Reserve, then book in time."


class NotYourTicket(TicketError):
    number = "03"
    message = "A ticket is reserved for somebody else. Book only tickets that you reserved."


class OverTicketLimit(TicketError):
    number = "04"
    message = "This is more tickets than one may take. Ask for fewer."


class WaitlistError(BookedError):
    category = "WAITLIST"


class AlreadyWaiting(WaitlistError):
    number = "01"
    message = "You are on this event's waitlist already. GET /waitlist/ shows your place and offers."


class InvalidWaitlistCount(WaitlistError):
    number = "02"
    message = "One cannot wait for this number of tickets."


class StoreError(BookedError):
    """A store did not answer, or not in time: nothing is wrong with the request, and it is safe to repeat."""

    category = "DB"


class StoreReadFailed(StoreError):
    number = "01"
    message = "Data could not be read just now. Try again in a moment."


class StoreWriteFailed(StoreError):
    number = "02"
    message = "Data could not be written just now. Try again in a moment; repeating the request is safe."


class TransactionFailed(StoreError):
    number = "03"
    message = "Nobody knows yet whether this went through. Booking again is safe; look before you repeat anything else."
