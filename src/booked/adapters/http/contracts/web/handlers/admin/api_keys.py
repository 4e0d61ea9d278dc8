"""Pages for admins: the API keys."""

from litestar.exceptions import NotFoundException

from booked.adapters.http.access.levels import Access
from booked.adapters.http.contracts.web.forms import NO_COMPLAINTS, Complaint, Complaints, KeyForm, complaints
from booked.adapters.http.contracts.web.marking import N_
from booked.adapters.http.contracts.web.notices import Notice
from booked.adapters.http.contracts.web.once import new_key, read_once
from booked.adapters.http.contracts.web.pages import Pages
from booked.adapters.http.contracts.web.rendering import lead_to, render
from booked.adapters.http.contracts.web.views.admin import KeysView
from booked.adapters.http.contracts.web.visits import visit_of
from booked.adapters.http.requests.ids import PathId
from booked.adapters.http.requests.request import ApiRequest
from booked.adapters.http.responses.answers import Answer
from booked.domain.errors import BookedError, EmptyName
from booked.domain.model.ids import ApiKeyId

CONFLICT = 409
MADE_ALREADY = N_(
    "This key was made already, and is never shown again. If you have no copy, revoke it and make another."
)

pages = Pages(Access.ADMIN)


class NewKeyForm(KeyForm, frozen=True):
    name: str = ""


@pages.get("/admin/keys")
async def list_keys(request: ApiRequest) -> Answer[bytes]:
    return await _keys(request, "", "", NO_COMPLAINTS)


@pages.post("/admin/keys")
async def make_key(request: ApiRequest) -> Answer[bytes]:
    """Make a key. The answer is the page itself, for what is shown once is kept nowhere.

    Sent twice, the form makes one key, and the second answer says so.
    """
    form, key = read_once(request, await request.form_body(), NewKeyForm)
    try:
        text = await request.services.api_keys.create_once(form.name, key)
    except BookedError as refusal:
        return await _keys(request, form.name, "", complaints(request, refusal, {EmptyName: "name"}))
    if text is None:
        told = Complaint("", visit_of(request).language.text(MADE_ALREADY), "")
        return await _keys(request, "", "", Complaints((told,), CONFLICT))
    return await _keys(request, "", text, NO_COMPLAINTS)


@pages.post("/admin/keys/{key_id:str}/revoke", page="/admin/keys")
async def revoke_key(request: ApiRequest, key_id: PathId[ApiKeyId]) -> Answer[bytes]:
    if not await request.services.api_keys.revoke(key_id):
        raise NotFoundException
    return lead_to(request, "/admin/keys", Notice.KEY_REVOKED)


async def _keys(request: ApiRequest, name: str, made: str, told: Complaints) -> Answer[bytes]:
    keys = await request.services.api_keys.all()
    return render(request, "admin_keys.html", KeysView(keys, name, made, new_key(), told), told.status)
