"""The languages of the pages: texts, dates, numbers and money as people there write them.

English is the language of the templates. `locale/…/booked.po`, read at the start, has the texts in another one, and
for both what errors say to people: programs are told something else.
"""

from collections.abc import Iterable, Mapping
from copy import copy
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from functools import lru_cache
from gettext import GNUTranslations, NullTranslations
from importlib.resources import files
from io import BytesIO

from babel import Locale
from babel.dates import format_date, format_skeleton, format_time
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_currency, format_decimal
from markupsafe import Markup

from booked.adapters.http.contracts.web.cookies import LANGUAGE, cookie_in
from booked.adapters.http.requests.fields import amount_text, currency_digits
from booked.adapters.http.requests.negotiation import preferences
from booked.domain.errors import BookedError
from booked.domain.model.money import Money

RawHeaders = Iterable[tuple[bytes, bytes]]

SOURCE = "en"
NOON = time(12)
REMEMBERED = 4_096  # texts of moments and sums, which lists repeat


@dataclass(frozen=True, slots=True, eq=False)
class Language:
    """A language by its code, as `lang` in HTML has it, with the name its speakers give it.

    It writes moments as clocks show them in the time zone they come in.
    """

    code: str
    name: str
    locale: Locale
    texts: NullTranslations

    def text(self, text: str, **variables: object) -> Markup:
        """Return a text in this language. Placeholders are filled, escaped where needed."""
        translated = _text(text, self.texts)
        return translated % variables if variables else translated

    def text_for(self, one: str, many: str, num: int, **variables: object) -> Markup:
        """Return a text for a number of things, which it may call `num`."""
        return Markup(self.texts.ngettext(one, many, num)) % {"num": self.number(num), **variables}  # noqa: S704

    def sentence_of(self, error: BookedError) -> str:
        """Return what an error says to people: by its code, or what programs are told where catalogues lack it."""
        translated = self.texts.gettext(error.code)
        return error.message if translated == error.code else translated

    def day(self, moment: date) -> str:
        """Return a day with its weekday, such as `Friday 20 November 2026`."""
        return _day(moment.date() if isinstance(moment, datetime) else moment, self.locale)

    def date(self, moment: date) -> str:
        """Return a date with its year, such as `20 Nov 2026`."""
        return format_date(moment, "medium", locale=self.locale)

    def short_day(self, moment: datetime) -> str:
        """Return a day in short, such as `Fri, 20 Nov`."""
        return _short_day(moment.date(), self.locale)

    def time(self, moment: datetime) -> str:
        """Return the time of day."""
        return _time(moment.time().replace(second=0, microsecond=0), self.locale)

    def number(self, number: int) -> str:
        return format_decimal(number, locale=self.locale)

    def money(self, money: Money) -> str:
        return _money(money, self.locale)


@lru_cache(REMEMBERED)
def _text(text: str, texts: NullTranslations) -> Markup:
    return Markup(texts.gettext(text))  # noqa: S704  # Catalogues are ours, as templates are.


# What clocks and calendars show, never moments: those of two time zones can be equal, and are written differently.
@lru_cache(REMEMBERED)
def _day(day: date, locale: Locale) -> str:
    return format_date(day, "full", locale=locale)


@lru_cache(REMEMBERED)
def _short_day(day: date, locale: Locale) -> str:
    return format_skeleton("MMMEd", datetime.combine(day, NOON), locale=locale)


@lru_cache(REMEMBERED)
def _time(by_the_clock: time, locale: Locale) -> str:
    return format_time(by_the_clock, "short", locale=locale)


@lru_cache(REMEMBERED)
def _money(money: Money, locale: Locale) -> str:
    # With the digits amounts are kept in: for some currencies Babel has fewer, and would round.
    pattern = copy(locale.currency_formats["standard"])
    pattern.frac_prec = (currency_digits(money.currency),) * 2
    return format_currency(Decimal(amount_text(money)), money.currency, pattern, locale=locale, currency_digits=False)


def _catalogue(code: str, locale: Locale) -> NullTranslations:
    source = files(__package__) / "locale" / code / "LC_MESSAGES" / "booked.po"
    compiled = BytesIO()
    with source.open("rb") as text:
        write_mo(compiled, read_po(text, locale))
    compiled.seek(0)
    return GNUTranslations(compiled)


def _languages() -> Mapping[str, Language]:
    british, german = Locale("en", "GB"), Locale("de")
    return {
        SOURCE: Language(SOURCE, "English", british, _catalogue(SOURCE, british)),
        "de": Language("de", "Deutsch", german, _catalogue("de", german)),
    }


LANGUAGES = _languages()


def language_of(headers: RawHeaders, *, secure: bool) -> Language:
    """Return the language somebody chose, else the first of those their browser asks for."""
    chosen = cookie_in(headers, LANGUAGE, secure=secure)
    asked = (item.partition("-")[0] for item in preferences(headers, b"accept-language"))
    return next((LANGUAGES[code] for code in (chosen or "", *asked) if code in LANGUAGES), LANGUAGES[SOURCE])
