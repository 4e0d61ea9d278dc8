"""Forms: what was typed, and what is wrong with it, beside the field it concerns."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeVar, get_origin
from urllib.parse import parse_qsl

import msgspec

from booked.adapters.http.contracts.contract import contract_of
from booked.adapters.http.contracts.web.visits import AnyRequest, visit_of
from booked.adapters.http.errors import InvalidForm
from booked.adapters.http.requests.strict_json import shortened
from booked.domain.errors import BookedError

T = TypeVar("T", bound=msgspec.Struct)

FIELDS_MOST = 1_000  # as ticked boxes of a hall's section may be
BAD_INPUT = 400
WITHHELD = 500  # the lowest status that is nothing a person could type differently


@dataclass(frozen=True, slots=True)
class Complaint:
    """What is wrong, at a field or, with "", with the form as a whole. `detail` is in English."""

    field: str
    sentence: str
    detail: str


@dataclass(frozen=True, slots=True)
class Complaints:
    """Everything wrong with a form, and the status to say so with."""

    all: tuple[Complaint, ...] = ()
    status: int = 200

    def at(self, field: str) -> tuple[Complaint, ...]:
        return tuple(complaint for complaint in self.all if complaint.field == field)


NO_COMPLAINTS = Complaints()


class KeyForm(msgspec.Struct, frozen=True):
    """A form that must take effect once: `once.py` makes its key."""

    key: str = ""


def read_form(body: bytes, kind: type[T]) -> T:
    """Return a form as a struct whose fields are `str`, or `tuple[str, ...]` where a name may come several times.

    Texts come as they were typed: the domain says what is wrong with them. Browsers send the lines of a text with two
    characters between them; here it is one. Raises `InvalidForm` for fields unknown to the struct, or sent twice.
    """
    repeated = _fields(kind)
    values: dict[str, Any] = {}
    for name, sent in form_pairs(body):
        value = sent.replace("\r\n", "\n")
        if name not in repeated:
            raise InvalidForm(f"There is nothing called `{shortened(name)}` to be sent.")
        if repeated[name]:
            values.setdefault(name, []).append(value)
        elif name in values:
            raise InvalidForm(f"`{name}` is sent twice.")
        else:
            values[name] = value
    return msgspec.convert(values, kind)


def form_pairs(body: bytes) -> list[tuple[str, str]]:
    """Return the names and values of a form in their order. Raises `InvalidForm` where it is none, or too long."""
    try:
        text = body.decode("ascii")
        return parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=FIELDS_MOST)
    except ValueError as cause:
        raise InvalidForm("It is not encoded as UTF-8 in percent-encoding, or has too many fields.") from cause


def complaints(
    request: AnyRequest, refusal: BookedError, fields: Mapping[type[BookedError], str] | None = None
) -> Complaints:
    """Return what a refusal says about a form; `fields` tells which field each error is about.

    Raises the refusal itself where nothing that could be typed would help: it becomes a page of its own.
    """
    status = contract_of(request).status_of(type(refusal))
    if status >= WITHHELD:
        raise refusal
    sentence = visit_of(request).language.sentence_of(refusal)
    complaint = Complaint((fields or {}).get(type(refusal), ""), sentence, refusal.detail or "")
    return Complaints((complaint,), status)


def complaint_at(request: AnyRequest, field: str, told: str) -> Complaints:
    """Return what is wrong with a field, told by a text of the catalogue."""
    return Complaints((Complaint(field, visit_of(request).language.text(told), ""),), BAD_INPUT)


@cache
def _fields(kind: type[msgspec.Struct]) -> Mapping[str, bool]:
    """Return the names of a form's fields, and whether each may come several times."""
    return {field.encode_name: get_origin(field.type) is tuple for field in msgspec.structs.fields(kind)}
