"""Pages from templates: compiled once for each language, sent with the headers that keep browsers to this server."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from datetime import tzinfo
from functools import lru_cache
from importlib.resources import files
from typing import Any
from urllib.parse import quote

from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup

from booked.adapters.http.contracts.web.cookies import NOTICE, cookie, cookie_removed
from booked.adapters.http.contracts.web.languages import LANGUAGES, Language
from booked.adapters.http.contracts.web.local_paths import local_path
from booked.adapters.http.contracts.web.navigation import WAYS
from booked.adapters.http.contracts.web.notices import Notice
from booked.adapters.http.contracts.web.static_files import static_path
from booked.adapters.http.contracts.web.visits import AnyRequest, visit_of
from booked.adapters.http.responses.answers import Answer
from booked.adapters.http.responses.packing import PACKED, packed, takes_gzip
from booked.adapters.http.responses.shared_answers import shared

HTML = "text/html; charset=utf-8"
NOTICE_LASTS = 60  # seconds

CARDS_REMEMBERED = 2_048  # about 1 KB each

# The length of a packed page tells something of its content: an attacker who has words of theirs shown beside a secret
# can guess it (BREACH). So pages of a person, with their codes, seats and addresses, are never packed.
PACKED_FROM = 4096  # bytes
PACKED_LEVEL = 1

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'; font-src 'self'; manifest-src 'self'"
)
VARY = "Cookie, Accept-Language, Accept-Encoding"
_HEADERS = {"Content-Security-Policy": POLICY, "Referrer-Policy": "same-origin"}
# Pages of nobody in particular may be shown again when somebody goes back; those of a person are kept nowhere.
_OPEN = {**_HEADERS, "Cache-Control": "private, no-cache", "Vary": VARY}
_PERSONAL = {**_HEADERS, "Cache-Control": "no-store", "Vary": VARY}


def render(
    request: AnyRequest,
    template: str,
    view: object,
    status: int = 200,
    *,
    headers: Mapping[str, str] | None = None,
    public: bool = False,
    path: str | None = None,
) -> Answer[bytes]:
    """Return a page: a template given `view`, in the language of its visitor.

    `public` says that it shows everybody the same, but for the name of who is logged in. `path` leads to the page
    again, where the address of the request does not.
    """
    visit = visit_of(request)
    if path is not None:
        visit = replace(visit, path=local_path(path))
    page = _environment(visit.language).get_template(template).render(view=view, visit=visit).encode()
    is_open = visit.known and visit.user is None
    sent = {**(_OPEN if is_open else _PERSONAL), **(headers or {})}
    if (is_open or public) and len(page) >= PACKED_FROM and takes_gzip(request.scope["headers"]):
        page, sent = packed(page, PACKED_LEVEL), sent | PACKED
    told = [cookie_removed(NOTICE, secure=visit.secure)] if visit.notice else []
    return Answer(page, status_code=status, media_type=HTML, headers=sent, cookies=told)


async def shared_page(request: AnyRequest, make: Callable[[], Awaitable[Answer[bytes]]]) -> Answer[bytes]:
    """Return a page, to visitors who are not logged in one shared with others."""
    visit = visit_of(request)
    if visit.user is not None or visit.notice is not None:
        return await make()
    return await shared(request, make, visit.language.code, takes_gzip(request.scope["headers"]))


def lead_to(
    request: AnyRequest, path: str, notice: Notice | None = None, *, cookies: Sequence[str] = ()
) -> Answer[bytes]:
    """Lead a browser that sent a form on to a page, which may tell something once."""
    told = [cookie(NOTICE, notice.name, secure=visit_of(request).secure, seconds=NOTICE_LASTS)] if notice else []
    return Answer(b"", status_code=303, headers={**_PERSONAL, "Location": path}, cookies=[*cookies, *told])


def _environment(language: Language) -> Environment:
    return _ENVIRONMENTS[language.code]


def _made(language: Language) -> Environment:
    environment: Any = Environment(
        autoescape=True,
        auto_reload=False,
        cache_size=-1,
        extensions=["jinja2.ext.i18n"],
        loader=FunctionLoader(_source),
        lstrip_blocks=True,
        trim_blocks=True,
        undefined=StrictUndefined,
    )
    environment.newstyle_gettext = True  # texts with placeholders, filled by the calls themselves
    environment.globals |= {
        "_": language.text,
        "gettext": language.text,
        "ngettext": language.text_for,
        "languages": tuple(LANGUAGES.values()),
        "static": static_path,
        "ways": WAYS,
    }
    environment.filters |= {
        "day": language.day,
        "date": language.date,
        "short_day": language.short_day,
        "time": language.time,
        "number": language.number,
        "money": language.money,
        "in_path": lambda text: quote(text, safe=""),
    }
    made: Environment = environment
    components: Any = made.get_template("parts.html").module
    made.globals["event_card"] = _remembering(components.event_card)
    return made


def _remembering(event_card: Callable[[Any], Markup]) -> Callable[[Any], Markup]:
    """Return the component for an event in a list, made once for equal cards: lists repeat them."""

    # Moments of two time zones can be equal, and are written differently.
    @lru_cache(CARDS_REMEMBERED)
    def made(card: Any, _zone: tzinfo) -> Markup:
        return event_card(card)

    return lambda card: made(card, card.starts_at.tzinfo)


TEMPLATES = files(__package__) / "templates"


def _source(name: str) -> str | None:
    source = TEMPLATES / name
    return source.read_text(encoding="utf-8") if source.is_file() else None


_ENVIRONMENTS = {code: _made(language) for code, language in LANGUAGES.items()}
