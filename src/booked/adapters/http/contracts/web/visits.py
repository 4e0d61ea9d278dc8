"""Who looks at a page, in which language, and what the page tells them once."""

from dataclasses import dataclass, replace
from typing import Any, cast
from urllib.parse import quote, urlsplit

from litestar import Request

from booked.adapters.http.access.levels import ROLES, Access
from booked.adapters.http.contracts.web.cookies import NOTICE, SESSION, cookie_in
from booked.adapters.http.contracts.web.languages import Language, language_of
from booked.adapters.http.contracts.web.local_paths import HOME, local_path
from booked.adapters.http.contracts.web.notices import Notice
from booked.adapters.http.contracts.web.origins import SAFE, require_our_origin
from booked.adapters.http.http_options import HttpOptions
from booked.adapters.http.responses.answers import Answer
from booked.domain.errors import StoreError
from booked.domain.model.people.users import Identity, Role, User, require_role
from booked.domain.services.people.browser_sessions import BrowserSessionService

AnyRequest = Request[Any, Any, Any]

_VISIT = "visit"
_HTTPS = "https://"


@dataclass(frozen=True, slots=True)
class Visit:
    """`user` is who is logged in, as the database has them: None for nobody, and where no store was asked.

    `secure` says whether cookies are sent over https alone. `path` leads here again.
    """

    language: Language
    secure: bool
    path: str
    notice: Notice | None
    user: User | None = None
    known: bool = False
    public_url: str | None = None

    @property
    def viewer(self) -> User | None:
        """Return an organizer or an admin; None for everybody else."""
        return self.user if self.user is not None and self.user.role.includes(Role.ORGANIZER) else None

    def address(self, path: str) -> str | None:
        """Return the whole address of a page of ours; None where nobody said what the address is."""
        return self.public_url and self.public_url.rstrip("/") + path

    def is_for(self, role: Role) -> bool:
        return self.user is not None and self.user.role.includes(role)


def visit_of(request: AnyRequest) -> Visit:
    """Return the visit noted by `admit`, or what can be told of one from the request alone."""
    noted: Visit | None = request.scope["state"].get(_VISIT)
    return noted or _unknown(request)


async def admit(request: AnyRequest) -> Answer[bytes] | None:
    """Note who visits. Let a request reach its handler, or lead visitors who need a login to it.

    Raises `ForeignRequest`, or `NotAnAdmin` where a route needs another role.
    """
    headers = request.scope["headers"]
    require_our_origin(request.scope["method"], headers, _options(request).public_url)
    visit = _unknown(request)
    token = cookie_in(headers, SESSION, secure=visit.secure)
    user = await _user_with(request, token) if token else None
    request.scope["state"][_VISIT] = replace(visit, user=user, known=True)
    access = request.route_handler.opt["access"]
    if access is Access.PUBLIC:
        return None
    if user is None:
        return to_login(_way_back(request, visit))
    if access in ROLES:
        require_role(user, ROLES[access])
    return None


def user_of(request: AnyRequest) -> User:
    """Return who is logged in, on routes not for everybody."""
    user = visit_of(request).user
    if user is None:
        raise LookupError("The route is open to everybody. Ask the visit for its user.")
    return user


def buyer_of(request: AnyRequest) -> Identity:
    """Return who is logged in as a buyer: those who run events have no other rights to what they bought."""
    user = user_of(request)
    return Identity(user.id, Role.USER, user.token_version)


def organizer_of(request: AnyRequest) -> Identity:
    """Return who is logged in, with the rights of their role."""
    user = user_of(request)
    return Identity(user.id, user.role, user.token_version)


def to_login(path: str) -> Answer[bytes]:
    """Lead to the login, and back to this path after it."""
    return Answer(b"", status_code=303, headers={"Location": f"/login?next={quote(path, safe='')}"})


async def _user_with(request: AnyRequest, token: str) -> User | None:
    sessions: BrowserSessionService = request.app.state["services"].browser_sessions
    try:
        return await sessions.user_of(token)
    except StoreError:
        if request.scope["method"] not in SAFE:
            await cast("Any", request).form_body()  # the page of the error keeps what was typed
        raise


def _unknown(request: AnyRequest) -> Visit:
    headers = request.scope["headers"]
    secure = (_options(request).public_url or "").startswith(_HTTPS)
    query = request.scope["query_string"].decode("latin-1")
    return Visit(
        language=language_of(headers, secure=secure),
        secure=secure,
        path=local_path(quote(request.scope["path"]) + (f"?{query}" if query else "")),
        notice=Notice.named(cookie_in(headers, NOTICE, secure=secure)),
        public_url=_options(request).public_url,
    )


def _way_back(request: AnyRequest, visit: Visit) -> str:
    """Return the page a request came from, where it was a form."""
    if request.scope["method"] in SAFE:
        return visit.path
    try:
        sent = urlsplit(request.headers.get("referer", ""))
    except ValueError:  # brackets without an address of IPv6 in them
        return HOME
    return local_path(sent.path + (f"?{sent.query}" if sent.query else ""))


def _options(request: AnyRequest) -> HttpOptions:
    return cast("HttpOptions", request.app.state["options"])
