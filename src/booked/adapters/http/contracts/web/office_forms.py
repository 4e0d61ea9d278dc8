"""Forms of the organizer's office: texts as they are typed, and what they mean."""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from booked.adapters.http.contracts.web.forms import Complaint, Complaints
from booked.adapters.http.contracts.web.languages import Language
from booked.adapters.http.contracts.web.marking import N_
from booked.adapters.http.contracts.web.reading import FieldReader
from booked.adapters.http.contracts.web.views.office import NewEventForm
from booked.adapters.http.contracts.web.views.office_event import DETAILS, TYPE_DETAILS, EventForm, TypeForm
from booked.adapters.http.requests.ids import optional_id
from booked.domain.model.ids import CategoryId, OrganizationId
from booked.domain.model.programme.cancellation import NEVER
from booked.domain.model.programme.events import EventRevision, EventSpecification, EventStatus
from booked.domain.model.programme.ticket_types import STANDARD, EarlyBird, TicketTypeChanges, TicketTypeDraft
from booked.domain.model.programme.times import AT_START, AtStart, SalesWindow
from booked.domain.model.programme.type_rules import MINIMUM_MOST, TypeRuleChanges, TypeRules
from booked.domain.model.programme.unchanged import UNCHANGED

CONFLICT = 409
CHANGED = N_("Somebody has changed this event while you did. Compare, then save again.")
SAVED_IS = N_("Saved by now: %(now)s")
TICKED, NOT_TICKED = N_("ticked"), N_("not ticked")
BOXES = frozenset({"hidden", "paused", "never_cancellable"})

MOMENTS = ("starts_at", "ends_at", "sales_start", "sales_end", "cancellable_until")


def new_event(form: NewEventForm, language: Language) -> tuple[EventSpecification, Complaints]:
    """Return the intended event, and what is wrong with it."""
    reader = FieldReader(language)
    zone = reader.zone("timezone", form.timezone)
    currency = form.currency.strip().upper()
    meant = EventSpecification(
        name=reader.text("name", form.name),
        address=reader.text("place", form.place),
        starts_at=reader.moment("starts_at", form.starts_at, zone),
        timezone=zone.key,
        currency=currency,
        tickets=[
            TicketTypeDraft(
                STANDARD,
                reader.amount("price", form.price, currency),
                quota=reader.count("tickets", form.tickets),
            )
        ],
        organization_id=optional_id(OrganizationId, form.organization or None),
        status=EventStatus.PUBLISHED if form.publish else EventStatus.DRAFT,
    )
    if not form.organization:
        reader.text("founded", form.founded)
    return meant, reader.complaints


def conflict(language: Language, typed: EventForm | TypeForm, present: EventForm | TypeForm) -> Complaints:
    """Return what to say where somebody else has changed an event: at each differing field, what is there now."""

    def now(name: str) -> str:
        text: str = getattr(present, name)
        return language.text(TICKED if text else NOT_TICKED) if name in BOXES else text

    told = [Complaint(name, language.text(SAVED_IS, now=now(name)), "") for name in differing(typed, present)]
    return Complaints((Complaint("", language.text(CHANGED), ""), *told), CONFLICT)


def differing(typed: EventForm | TypeForm, present: EventForm | TypeForm) -> list[str]:
    """Return the names of fields in which the texts differ, in their order."""
    names = DETAILS if isinstance(present, EventForm) else TYPE_DETAILS
    return [name for name in names if getattr(typed, name) != getattr(present, name)]


def revision(typed: EventForm, present: EventForm, currency: str, reader: FieldReader) -> EventRevision:
    """Return what is to be different: a field that shows what is there leaves it as it is, to the second."""
    changed = set(differing(typed, present))
    zone = reader.zone("timezone", typed.timezone)
    if "timezone" in changed:  # the clock on the wall stays, so every moment is another one
        changed |= {name for name in MOMENTS if getattr(typed, name)}
    terms_changed = bool(changed & {"cancellable_until", "never_cancellable"})

    def said(name: str, read: Callable[[], Any]) -> Any:
        return read() if name in changed else UNCHANGED

    def moment_or_start(name: str) -> datetime | AtStart:
        return reader.optional_moment(name, getattr(typed, name), zone) or AT_START

    return EventRevision(
        name=said("name", lambda: reader.text("name", typed.name)),
        artist=said("artist", lambda: typed.artist),
        tour_name=said("tour_name", lambda: typed.tour_name),
        description=said("description", lambda: typed.description),
        address=said("address", lambda: reader.text("address", typed.address)),
        category_id=said("category", lambda: optional_id(CategoryId, typed.category or None)),
        timezone=said("timezone", lambda: zone.key),
        starts_at=said("starts_at", lambda: reader.moment("starts_at", typed.starts_at, zone)),
        ends_at=said("ends_at", lambda: reader.optional_moment("ends_at", typed.ends_at, zone)),
        sales_start=said("sales_start", lambda: reader.optional_moment("sales_start", typed.sales_start, zone)),
        sales_end=said("sales_end", lambda: moment_or_start("sales_end")),
        ticket_limit=said("ticket_limit", lambda: reader.optional_count("ticket_limit", typed.ticket_limit)),
        cancellable_until=UNCHANGED
        if not terms_changed
        else NEVER
        if typed.never_cancellable
        else moment_or_start("cancellable_until"),
        cancellation_fee=said("fee", lambda: reader.amount("fee", typed.fee or "0", currency)),
    )


def early_bird(typed: TypeForm, currency: str, zone: ZoneInfo, reader: FieldReader) -> EarlyBird | None:
    """Return the early-bird price, None without price and moment. Either alone is told as wrong."""
    if not (typed.early_price.strip() or typed.early_until.strip()):
        return None
    price = reader.amount("early_price", typed.early_price, currency)
    return EarlyBird(price, reader.moment("early_until", typed.early_until, zone))


def type_changes(
    typed: TypeForm, present: TypeForm, currency: str, zone: ZoneInfo, language: Language
) -> tuple[TicketTypeChanges, Complaints]:
    """Return what is to be different of a ticket type, and what is wrong with it."""
    reader = FieldReader(language)
    same_early = (typed.early_price, typed.early_until) == (present.early_price, present.early_until)
    early = None if same_early else early_bird(typed, currency, zone, reader)
    changes = TicketTypeChanges(
        name=None if typed.name == present.name else reader.text("name", typed.name),
        description=None if typed.description == present.description else typed.description,
        price=None if typed.price == present.price else reader.amount("price", typed.price, currency),
        quota=None if typed.quota in {"", present.quota} else reader.count("quota", typed.quota),
        early_bird=early,
        end_early_bird=not same_early and early is None,
        rules=TypeRuleChanges(
            hidden=bool(typed.hidden),
            paused=bool(typed.paused),
            sales_start=UNCHANGED
            if typed.sales_start == present.sales_start
            else reader.optional_moment("sales_start", typed.sales_start, zone),
            sales_end=UNCHANGED
            if typed.sales_end == present.sales_end
            else reader.optional_moment("sales_end", typed.sales_end, zone),
            min_per_order=reader.optional_count("min_per_order", typed.min_per_order, MINIMUM_MOST) or 1,
            max_per_user=reader.optional_count("max_per_user", typed.max_per_user),
        ),
    )
    return changes, reader.complaints


def new_type(typed: TypeForm, currency: str, zone: ZoneInfo, language: Language) -> tuple[TicketTypeDraft, Complaints]:
    """Return the intended ticket type, and what is wrong with it."""
    reader = FieldReader(language)
    draft = TicketTypeDraft(
        name=reader.text("name", typed.name),
        price=reader.amount("price", typed.price, currency),
        description=typed.description,
        quota=reader.count("quota", typed.quota),
        early_bird=early_bird(typed, currency, zone, reader),
        rules=TypeRules(
            hidden=bool(typed.hidden),
            paused=bool(typed.paused),
            sales=SalesWindow(
                reader.optional_moment("sales_start", typed.sales_start, zone),
                reader.optional_moment("sales_end", typed.sales_end, zone),
            ),
            min_per_order=reader.optional_count("min_per_order", typed.min_per_order, MINIMUM_MOST) or 1,
            max_per_user=reader.optional_count("max_per_user", typed.max_per_user),
        ),
    )
    return draft, reader.complaints
