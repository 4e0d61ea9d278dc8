"""What the page of categories shows."""

from collections.abc import Sequence
from dataclasses import dataclass

from booked.adapters.http.contracts.web.forms import Complaints
from booked.domain.model.ids import CategoryId
from booked.domain.model.programme.categories import Category


@dataclass(frozen=True, slots=True)
class CategoriesView:
    """`name` is typed for a new category, `renamed` for the one to be changed."""

    categories: Sequence[Category]
    name: str
    changed: CategoryId | None
    renamed: str
    key: str
    complaints: Complaints
