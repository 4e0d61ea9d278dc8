"""Messages about categories."""

from typing import Annotated

import msgspec

from booked.adapters.http.requests.fields import Id, shown
from booked.domain.model.programme.categories import CATEGORY_NAME_LENGTH, Category

Name = Annotated[str, shown("What it is called.", minLength=1, maxLength=CATEGORY_NAME_LENGTH)]


class CategoryRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    name: Name


class CategoryBody(msgspec.Struct, frozen=True):
    id: Id
    name: Name

    @classmethod
    def of(cls, category: Category) -> "CategoryBody":
        return cls(category.id, category.name)
