"""Categories of events."""

from litestar.params import JSONBody

from booked.adapters.http.access.levels import Access
from booked.adapters.http.contracts.resource import Resource
from booked.adapters.http.contracts.v1.examples.programme import JAZZ, MUSIC
from booked.adapters.http.contracts.v1.messages.categories import CategoryBody, CategoryRequest
from booked.adapters.http.requests.idempotency import IdempotencyHeader
from booked.adapters.http.requests.ids import PathId
from booked.adapters.http.requests.request import ApiRequest
from booked.adapters.http.responses.answers import Answer
from booked.adapters.http.responses.pages import Page
from booked.adapters.http.responses.replies import created
from booked.domain.errors import InvalidEvent, NameTaken, NoSuchCategory, StillInUse
from booked.domain.model.ids import CategoryId

resource = Resource("/api/v1/categories/", "v1 · Categories")


@resource.get("", "All categories, by name.", access=Access.OPTIONAL, returns=Page([MUSIC], None))
async def list_categories(request: ApiRequest) -> Page[CategoryBody]:
    """List all categories.

    They are few, so they have a single page.
    """
    return Page([CategoryBody.of(category) for category in await request.services.venues.categories()], None)


@resource.post(
    "",
    "The category.",
    access=Access.ADMIN,
    sends=CategoryRequest("Music"),
    returns=MUSIC,
    gives=["Location"],
    refuses=[InvalidEvent, NameTaken],
)
async def create_category(
    request: ApiRequest, data: JSONBody[CategoryRequest], idempotency_key: IdempotencyHeader
) -> Answer[CategoryBody]:
    """Make a category.

    No other may have its name, however its letters are capitalised.
    """
    category = await request.services.venues.add_category(data.name, idempotency_key)
    return created(CategoryBody.of(category), resource.path)


@resource.patch(
    "{category_id:str}/",
    "The category as it is now.",
    access=Access.ADMIN,
    sends=CategoryRequest("Jazz"),
    returns=JAZZ,
    refuses=[InvalidEvent, NameTaken, NoSuchCategory],
)
async def rename_category(
    request: ApiRequest, category_id: PathId[CategoryId], data: JSONBody[CategoryRequest]
) -> CategoryBody:
    """Rename a category.

    Events filed under it show the new name.
    """
    return CategoryBody.of(await request.services.venues.rename_category(category_id, data.name))


@resource.delete("{category_id:str}/", "It is gone.", access=Access.ADMIN, refuses=[NoSuchCategory, StillInUse])
async def remove_category(request: ApiRequest, category_id: PathId[CategoryId]) -> None:
    """Delete a category, unless an event is filed under it."""
    await request.services.venues.remove_category(category_id)
