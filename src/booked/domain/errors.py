"""Errors: one class for each way in which Booked says no.

A class has a category, a number unique in it, and a message of two parts for the reader: a sentence saying what is
wrong, then what to do. Each HTTP contract decides which status an error becomes.
"""

from collections.abc import Sequence
from typing import ClassVar


class BookedError(Exception):
    """An answer the caller is meant to read.

    `detail` says what is particular to this occasion, and what to do about it if that is not obvious.
    """

    category: ClassVar[str]
    number: ClassVar[str]
    message: ClassVar[str]

    def __init__(self, detail: str | None = None) -> None:
        super().__init__(detail or self.message)
        self.detail = detail

    @property
    def code(self) -> str:
        """Return category and number as people write them: `TICKET-02`."""
        return f"{self.category}-{self.number}"

    @property
    def title(self) -> str:
        """Return the sentence saying what is wrong, on every occasion the same."""
        return f"{self.message.partition('. ')[0]}."

    @property
    def advice(self) -> str:
        """Return the rest of the message: what to do."""
        return self.message.partition(". ")[2]


class SysError(BookedError):
    category = "SYS"


class InvalidUUID(SysError):
    number = "03"
    message = "An id is not a UUID. Send ids exactly as Booked gave them to you."


class TooManyRequests(SysError):
    """`retry_after_s` says when the window of `window_s` seconds ends, in which `most` were allowed."""

    number = "08"
    message = "That was too often. Wait as many seconds as Retry-After says, then try again."

    def __init__(
        self,
        detail: str | None = None,
        *,
        policy: str = "requests",
        most: int = 0,
        window_s: int = 60,
        retry_after_s: int = 60,
    ) -> None:
        super().__init__(detail)
        self.policy = policy
        self.most = most
        self.window_s = window_s
        self.retry_after_s = retry_after_s


class Busy(SysError):
    number = "09"
    message = "Too much is going on right now. Nothing has changed; try again in a moment."


class IdempotencyKeyReused(SysError):
    number = "12"
    message = "This Idempotency-Key came with another request before. Use a new key for a new request."


class RequestInFlight(SysError):
    number = "13"
    message = "A request with this Idempotency-Key is under way. Wait for its answer, or try again in a moment."


class PreconditionFailed(SysError):
    number = "14"
    message = "Somebody changed this in the meantime. Get it again and apply your change to what it is now."


class InvalidCursor(SysError):
    number = "16"
    message = "The cursor cannot be read. Send the cursor that came with the page before, or none for the first page."


class UserError(BookedError):
    category = "USER"


class NotAnAdmin(UserError):
    number = "01"
    message = "This needs a role that you do not have. Log in with an account that has it."


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


class RightsChanged(InvalidToken):
    """A token of somebody whose role has changed since. The code is that of every void token."""

    message = "Your rights have changed since you logged in. Log in again."


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


class NotYourOrganization(UserError):
    number = "12"
    message = "This belongs to an organization that you are not a member of. Ask one of its members."


class InvalidRefreshToken(UserError):
    number = "13"
    message = "The refresh token is wrong, was used before, or has expired. Log in again."


class NoSuchUser(UserError):
    number = "14"
    message = "There is no user with this id. Send the id exactly as the user's account shows it."


class LastAdmin(UserError):
    number = "15"
    message = "This is the only admin there is. Make somebody else an admin first."


class CannotBeMember(UserError):
    number = "16"
    message = "Only organizers and admins can belong to an organization. Let an admin give them the role first."


class InvalidApiKey(UserError):
    number = "17"
    message = "The API key is missing, wrong or revoked. Send it as Authorization: Bearer <key>, or as X-API-Key."


class EventError(BookedError):
    category = "EVENT"


class InvalidSeatCount(EventError):
    number = "01"
    message = "The seat count is out of range. Send a whole number from 1 to 10,000,000."


class NoEventFound(EventError):
    number = "03"
    message = "There is no event with this id on sale. The event list shows those that are."


class InvalidEvent(EventError):
    number = "04"
    message = "The event's data cannot be used. Correct it, then send it again."


class SeatCountReduced(EventError):
    number = "05"
    message = "An event's seat count can grow but not shrink. Send at least its present seat count."


class SalesClosed(EventError):
    number = "06"
    message = "Tickets of this event are not on sale now. Its sales window tells when they are."


class InvalidVenue(EventError):
    number = "07"
    message = "The venue's data cannot be used. Correct it, then send it again."


class NoSuchVenue(EventError):
    number = "08"
    message = "There is no venue with this id. The venue list shows those that there are."


class NoSuchCategory(EventError):
    number = "09"
    message = "There is no category with this id. The category list shows those that there are."


class NoSuchOrganization(EventError):
    number = "10"
    message = "There is no organization with this id that you belong to. The organization list shows yours."


class IllegalStatus(EventError):
    number = "11"
    message = "The event cannot change from its present status to that one. Get the event to see its status."


class InvalidTicketType(EventError):
    number = "12"
    message = "The ticket types cannot be used. Correct them, then send them again."


class NoSuchTicketType(EventError):
    number = "13"
    message = "There is no such ticket type at an event on sale. The event's tickets show those that there are."


class NoSuchSeat(EventError):
    number = "14"
    message = "There is no such seat at this event. The event's seats show those that there are."


class NameTaken(EventError):
    number = "15"
    message = "There is one with this name already. Use that one, or choose another name."


class InvalidOrganization(EventError):
    number = "16"
    message = "The organization's data cannot be used. Correct it, then send it again."


class PriceFixed(EventError):
    number = "17"
    message = "The price was changed very often just now, and somebody may still pay a former one. Change it later."


class EventUsed(EventError):
    number = "18"
    message = (
        "Somebody has reserved, booked or waited for tickets of this event. Cancel it instead, so that it is kept."
    )


class StillInUse(EventError):
    number = "19"
    message = "Something still uses this. Change or delete what uses it first."


class TypePaused(EventError):
    number = "20"
    message = "The sale of this ticket type is paused. Ask for another type, or try again later."


class TicketError(BookedError):
    category = "TICKET"


class TooFewTickets(TicketError):
    number = "01"
    message = "You cannot have this number of tickets. Ask for at least one, and for no more than there are."


class TicketNotReserved(TicketError):
    number = "02"
    message = "A ticket is not reserved for you, or its reservation has lapsed. Reserve, then book in time."


class NotYourTicket(TicketError):
    number = "03"
    message = "A ticket is reserved for somebody else. Book only tickets that you reserved."


class OverTicketLimit(TicketError):
    number = "04"
    message = "This is more tickets than one may take. Ask for fewer."


class SeatTaken(TicketError):
    number = "05"
    message = "A seat that you chose is not free any more. Choose another, or ask for the best available."

    def __init__(self, detail: str | None = None, *, numbers: Sequence[int] = ()) -> None:
        super().__init__(detail)
        self.numbers = tuple(numbers)


class NoSuchReservation(TicketError):
    number = "06"
    message = "You have no reservation with this id. It may have lapsed; reserve again."


class ReservationFixed(TicketError):
    number = "07"
    message = "The reservation cannot be changed in this way. Book it as it is, or make another."


class NoSuchBooking(TicketError):
    number = "08"
    message = "You have no booking with this id. The booking list shows those that you have."


class AlreadyCancelled(TicketError):
    number = "09"
    message = "The booking is cancelled already. There is nothing left to do."


class NotTogether(TicketError):
    number = "11"
    message = "No row has that many free seats next to each other. Ask for fewer, or let the party be split."


class CancellationClosed(TicketError):
    number = "10"
    message = "Tickets of this event can no longer be cancelled. Ask its organizer, who can still cancel them for you."


class InvalidCancellation(TicketError):
    number = "12"
    message = "Tickets cannot be cancelled like this. Refund at most what was paid, and give a short reason or none."


class BelowMinimum(TicketError):
    number = "13"
    message = "Tickets of this type are sold several at once. Ask for more of them."


class AlreadyCheckedIn(TicketError):
    number = "14"
    message = "This ticket was checked in already. Look at its booking; undo the check-in if it was a mistake."


class InvalidGate(TicketError):
    number = "15"
    message = "A gate cannot be called that. Send a short name, or none."


class CheckInUndone(TicketError):
    number = "16"
    message = "This check-in was undone since. Check the ticket in anew, with another idempotency key."


class WaitlistError(BookedError):
    category = "WAITLIST"


class AlreadyWaiting(WaitlistError):
    number = "01"
    message = "You are on this event's waitlist already. Your waitlist shows your place and offers."


class InvalidWaitlistCount(WaitlistError):
    number = "02"
    message = "One cannot wait for this number of tickets. Ask for another number."


class NoSuchEntry(WaitlistError):
    number = "03"
    message = "You have no place on a waitlist under this id. Your waitlist shows those that you have."


class OfferBooked(WaitlistError):
    number = "04"
    message = "The tickets of this offer are booked. Cancel the booking instead."


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
