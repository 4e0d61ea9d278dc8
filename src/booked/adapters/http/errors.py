"""Errors known only to HTTP, and the catalogue of all errors."""

from collections.abc import Iterator

from booked.domain.errors import BookedError, EventError, SysError


class InvalidJSON(SysError):
    number = "01"
    message = "The request body could not be read. Send a JSON object with the documented fields and types."


class UnknownError(SysError):
    number = "02"
    message = "Something went wrong on our side. Try again; if it stays, report the request id of this reply."


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


class InvalidIdempotencyKey(SysError):
    number = "10"
    message = "The Idempotency-Key cannot be used. Send 1 to 255 visible ASCII characters, once."


class RequestTimeout(SysError):
    number = "11"
    message = "The request took too long to arrive. Send it again, whole."


class PreconditionRequired(SysError):
    number = "15"
    message = "A change needs to name the version that it is based on. Send its ETag as If-Match."


class InvalidQuery(SysError):
    number = "17"
    message = "A query parameter is unknown or cannot be read. The documentation lists those that there are."


class NotForm(SysError):
    number = "18"
    message = "The request body is not declared as a form. Send it as Content-Type: application/x-www-form-urlencoded."


class InvalidForm(SysError):
    number = "19"
    message = "The form could not be read. Send each documented field once."


class ForeignRequest(SysError):
    number = "20"
    message = "This was not sent by one of our pages, so nothing has changed. Open the page here and send it again."


class InvalidEventId(EventError):
    number = "02"
    message = "The event id is not a UUID. Send the id exactly as the event list gives it."


def catalogue() -> list[type[BookedError]]:
    """Return every error there is, by category and number."""
    categories = BookedError.__subclasses__()
    return sorted(_leaves(BookedError), key=lambda error: (_place(error, categories), error.number))


def _place(error: type[BookedError], categories: list[type[BookedError]]) -> int:
    return next(place for place, category in enumerate(categories) if issubclass(error, category))


def _leaves(parent: type[BookedError]) -> Iterator[type[BookedError]]:
    for child in parent.__subclasses__():
        if "number" in vars(child):
            yield child
        yield from _leaves(child)
