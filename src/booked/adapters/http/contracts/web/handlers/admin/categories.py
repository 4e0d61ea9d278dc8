"""Pages for admins: the categories of events."""

import msgspec

from booked.adapters.http.access.levels import Access
from booked.adapters.http.contracts.web.forms import NO_COMPLAINTS, Complaints, KeyForm, complaints, read_form
from booked.adapters.http.contracts.web.notices import Notice
from booked.adapters.http.contracts.web.once import new_key, read_once
from booked.adapters.http.contracts.web.pages import Pages
from booked.adapters.http.contracts.web.rendering import lead_to, render
from booked.adapters.http.contracts.web.views.categories import CategoriesView
from booked.adapters.http.errors import InvalidForm
from booked.adapters.http.requests.ids import PathId
from booked.adapters.http.requests.request import ApiRequest
from booked.adapters.http.responses.answers import Answer
from booked.domain.errors import BookedError, InvalidEvent, NameTaken, NoSuchCategory
from booked.domain.model.ids import CategoryId

NEW_FIELDS: dict[type[BookedError], str] = {InvalidEvent: "name", NameTaken: "name"}

pages = Pages(Access.ADMIN)


class NewCategoryForm(KeyForm, frozen=True):
    name: str = ""


class CategoryForm(msgspec.Struct, frozen=True):
    """`step` is "rename" or "delete"."""

    name: str = ""
    step: str = ""


@pages.get("/admin/categories")
async def list_categories(request: ApiRequest) -> Answer[bytes]:
    return await _categories(request, NO_COMPLAINTS)


@pages.post("/admin/categories")
async def make_category(request: ApiRequest) -> Answer[bytes]:
    form, key = read_once(request, await request.form_body(), NewCategoryForm)
    try:
        await request.services.venues.add_category(form.name, key)
    except (InvalidEvent, NameTaken) as refusal:
        return await _categories(request, complaints(request, refusal, NEW_FIELDS), name=form.name)
    return lead_to(request, "/admin/categories", Notice.CATEGORY_MADE)


@pages.post("/admin/categories/{category_id:str}", page="/admin/categories")
async def change_category(request: ApiRequest, category_id: PathId[CategoryId]) -> Answer[bytes]:
    """Rename a category or delete it."""
    form = read_form(await request.form_body(), CategoryForm)
    steps = {"rename": _rename, "delete": _delete}
    if form.step not in steps:
        raise InvalidForm("It does not say what to do. Load the page again and press a button.")
    try:
        done = await steps[form.step](request, category_id, form.name)
    except NoSuchCategory:
        raise
    except BookedError as refusal:
        fields = dict.fromkeys([type(refusal)], f"name-{category_id}")
        told = complaints(request, refusal, fields)
        return await _categories(request, told, changed=category_id, renamed=form.name)
    return lead_to(request, "/admin/categories", done)


async def _rename(request: ApiRequest, category_id: CategoryId, name: str) -> Notice:
    await request.services.venues.rename_category(category_id, name)
    return Notice.CATEGORY_RENAMED


async def _delete(request: ApiRequest, category_id: CategoryId, _: str) -> Notice:
    await request.services.venues.remove_category(category_id)
    return Notice.CATEGORY_DELETED


async def _categories(
    request: ApiRequest, told: Complaints, *, name: str = "", changed: CategoryId | None = None, renamed: str = ""
) -> Answer[bytes]:
    categories = await request.services.venues.categories()
    view = CategoriesView(categories, name, changed, renamed, new_key(), told)
    return render(request, "admin_categories.html", view, told.status)
