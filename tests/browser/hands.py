"""Ways to use a page: by keys alone, or by pointing where no script runs."""

from dataclasses import dataclass
from typing import Protocol

from playwright.async_api import Locator, Page

STOPS_MOST = 250  # of a page


class Hands(Protocol):
    @property
    def page(self) -> Page: ...

    async def fill(self, label: str, text: str) -> None:
        """Fill in the field with this label."""

    async def tick(self, box: Locator) -> None: ...

    async def press(self, target: Locator) -> None:
        """Follow a link, or press a button."""


@dataclass(frozen=True, slots=True)
class Pointer:
    page: Page

    async def fill(self, label: str, text: str) -> None:
        await self.page.get_by_label(label, exact=True).fill(text)

    async def tick(self, box: Locator) -> None:
        await box.check()

    async def press(self, target: Locator) -> None:
        await target.click()


@dataclass(frozen=True, slots=True)
class Keys:
    """Everything is reached by Tab."""

    page: Page

    async def fill(self, label: str, text: str) -> None:
        field = self.page.get_by_label(label, exact=True)
        await self.go_to(field)
        if await field.get_attribute("type") == "datetime-local":
            await self._type_moment(text)
        else:
            await self.page.keyboard.press("Control+A")
            await self.page.keyboard.type(text)
        assert (typed := await field.input_value()) == text, typed

    async def tick(self, box: Locator) -> None:
        await self.go_to(box)
        await self.page.keyboard.press("Space")

    async def press(self, target: Locator) -> None:
        await self.go_to(target)
        await self.page.keyboard.press("Enter")

    async def go_to(self, target: Locator) -> None:
        """Press Tab until the target has the focus. Raises `AssertionError` if it never does."""
        await target.wait_for()
        for _ in range(STOPS_MOST):
            if await target.evaluate("(element) => element === document.activeElement"):
                return
            await self.page.keyboard.press("Tab")
        raise AssertionError(f"Tab does not lead to {target}")

    async def _type_moment(self, text: str) -> None:
        """Type a moment, segment by segment, as either order of day and month and either clock has them."""
        date, _, time = text.partition("T")
        year, month, day = date.split("-")
        assert (month, time[:1]) == (day, "0"), "another moment is typed in another way here and there"
        await self.page.keyboard.type(f"{day}{month}{year}")
        await self.page.keyboard.press("Tab")
        await self.page.keyboard.type(time.replace(":", "") + "A")  # before noon, if that is asked
