"""What a look at a page finds."""

import pytest

from tests.browser.looks import excess_of, look_closely, problems_of
from tests.browser.windows import Windows

pytestmark = pytest.mark.asyncio(loop_scope="session")

ROW = '<li><img src="data:," alt="A poster"> An evening</li>'
PAGE = """<!DOCTYPE html><html lang="en"><title>A page</title><main><ul>{}</ul></main></html>"""


@pytest.mark.parametrize("fault", ["<input>", '<span style="color: #bbb">Pale</span>'])
async def test_a_row_with_a_fault_is_found_behind_rows_that_are_alike(windows: Windows, fault: str) -> None:
    page = await windows.open()
    await look_closely(page)
    await page.goto("about:blank")
    await page.set_content(PAGE.format(f"{8 * ROW}<li>{fault}</li>{ROW}"))

    found = await problems_of(page)

    assert any(fault in problem for problem in found)
    assert await page.locator("li").count() == 10


async def test_what_sticks_out_of_a_narrow_screen_is_found(windows: Windows) -> None:
    page = await windows.open()
    await page.set_content(PAGE.format('<li style="width: 330px">Wide</li>'))

    assert "Wide" in "".join(await excess_of(page))
