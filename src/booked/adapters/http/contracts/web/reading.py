"""Reading what was typed into the fields of a form, as people write moments, amounts and numbers."""

import math
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TypeVar
from zoneinfo import ZoneInfo

from booked.adapters.http.contracts.web.forms import BAD_INPUT, Complaint, Complaints
from booked.adapters.http.contracts.web.languages import Language
from booked.adapters.http.contracts.web.marking import N_
from booked.adapters.http.requests.fields import money
from booked.domain.errors import InvalidTicketType
from booked.domain.model.money import PRICE_MOST
from booked.domain.model.programme.timezones import UTC_NAME, is_timezone

T = TypeVar("T")

_WHOLE_NUMBER = re.compile(r"[0-9]{1,9}")
_LOCAL = "%Y-%m-%dT%H:%M"


@dataclass(frozen=True, slots=True)
class FieldReader:
    """Reads fields one after the other, and notes all mistakes. What it returns then means nothing."""

    language: Language
    wrong: list[Complaint] = field(default_factory=list)

    @property
    def complaints(self) -> Complaints:
        return Complaints(tuple(self.wrong), BAD_INPUT if self.wrong else 200)

    def text(self, name: str, typed: str) -> str:
        """Return a required text."""
        return typed.strip() or self._refused(name, N_("This is missing. Type it in."), "")

    def zone(self, name: str, typed: str) -> ZoneInfo:
        """Return a time zone by its name."""
        if is_timezone(typed.strip()):
            return ZoneInfo(typed.strip())
        return self._refused(
            name, N_("There is no such time zone. Type one such as Europe/Berlin."), ZoneInfo(UTC_NAME)
        )

    def moment(self, name: str, typed: str, zone: ZoneInfo) -> datetime:
        """Return a moment by the clock of a time zone."""
        try:
            return (
                datetime.strptime(typed.strip()[: len("2027-06-01T20:00")], _LOCAL).replace(tzinfo=zone).astimezone(UTC)
            )
        except (ValueError, OverflowError):
            told = N_("This is no date with a time. Type it as 2027-06-01T20:00.")
            return self._refused(name, told, datetime.max.replace(tzinfo=UTC))

    def optional_moment(self, name: str, typed: str, zone: ZoneInfo) -> datetime | None:
        return self.moment(name, typed, zone) if typed.strip() else None

    def amount(self, name: str, typed: str, currency: str) -> int:
        """Return money in minor units. A comma may stand for the point."""
        try:
            amount = money(typed.strip().replace(",", "."), currency, InvalidTicketType).amount
        except InvalidTicketType:
            amount = -1
        told = N_("This is no amount of money. Type one such as 12.50, or 0.")
        return amount if 0 <= amount <= PRICE_MOST else self._refused(name, told, 0)

    def count(self, name: str, typed: str, most: int | None = None) -> int:
        """Return how many, at least one."""
        known = _WHOLE_NUMBER.fullmatch(typed.strip())
        if not known or not int(known[0]):
            return self._refused(name, N_("Type a whole number from 1 on."), 1)
        if most is not None and int(known[0]) > most:
            return self._refused(
                name, N_("This is too much. Type %(most)s at most."), 1, most=self.language.number(most)
            )
        return int(known[0])

    def optional_count(self, name: str, typed: str, most: int | None = None) -> int | None:
        return self.count(name, typed, most) if typed.strip() else None

    def degrees(self, name: str, typed: str, most: int) -> float | None:
        """Return decimal degrees from `-most` to `most`, None for nothing. A comma may stand for the point."""
        if not typed.strip():
            return None
        try:
            degrees = float(typed.strip().replace(",", "."))
        except ValueError:
            degrees = math.nan
        told = N_("These are no such degrees. Type a number from -%(most)s to %(most)s.")
        return degrees if abs(degrees) <= most else self._refused(name, told, None, most=most)

    def refuse(self, name: str, told: str) -> None:
        """Note what is wrong with a field, told by a text of the catalogue."""
        self._refused(name, told, None)

    def _refused(self, name: str, told: str, stand_in: T, **filled: object) -> T:
        self.wrong.append(Complaint(name, self.language.text(told, **filled), ""))
        return stand_in
