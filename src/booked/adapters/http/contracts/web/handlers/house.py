"""What all pages share: their static files, and the choice of a language."""

import msgspec
from litestar.exceptions import NotFoundException
from litestar.params import FromPath

from booked.adapters.http.contracts.web.cookies import LANGUAGE, cookie
from booked.adapters.http.contracts.web.forms import read_form
from booked.adapters.http.contracts.web.languages import LANGUAGES
from booked.adapters.http.contracts.web.local_paths import local_path
from booked.adapters.http.contracts.web.pages import Pages
from booked.adapters.http.contracts.web.rendering import lead_to
from booked.adapters.http.contracts.web.static_files import STATIC_FILES, STATIC_HASH
from booked.adapters.http.contracts.web.visits import visit_of
from booked.adapters.http.errors import InvalidForm
from booked.adapters.http.requests.request import ApiRequest
from booked.adapters.http.responses.answers import Answer
from booked.adapters.http.responses.packing import PACKED, takes_gzip

YEAR_SECONDS = 365 * 24 * 60 * 60
FOR_GOOD = {"Cache-Control": f"public, max-age={YEAR_SECONDS}, immutable", "Vary": "Accept-Encoding"}

pages = Pages()


class LanguageForm(msgspec.Struct, frozen=True):
    language: str = ""
    next: str = ""


@pages.post("/language", page="/")
async def choose_language(request: ApiRequest) -> Answer[bytes]:
    form = read_form(await request.form_body(), LanguageForm)
    if form.language not in LANGUAGES:
        raise InvalidForm("The pages do not speak this language. Choose one of those at the foot of each page.")
    chosen = cookie(LANGUAGE, form.language, secure=visit_of(request).secure, seconds=YEAR_SECONDS)
    return lead_to(request, local_path(form.next), cookies=[chosen])


@pages.open("/static/{content_hash:str}/{name:str}")
async def show_static_file(request: ApiRequest, content_hash: FromPath[str], name: FromPath[str]) -> Answer[bytes]:
    """Return a file whose address names its content. Under any other address there is none."""
    file = STATIC_FILES.get(name)
    if file is None or content_hash != STATIC_HASH:
        raise NotFoundException
    if takes_gzip(request.scope["headers"]):
        return Answer(file.packed, media_type=file.media_type, headers={**FOR_GOOD, **PACKED})
    return Answer(file.content, media_type=file.media_type, headers=FOR_GOOD)
