"""Query strings and forms are read field by field."""

import httpx

from tests.http.answers import assert_problem
from tests.http.shared.lobby import ONE, SAMPLES, Lobby


async def test_a_query_is_read_into_its_fields(front: httpx.AsyncClient) -> None:
    reply = await front.get(SAMPLES, params={"limit": "2", "color": "red,blue", "after": "2026-11-20T21:00:00+01:00"})
    by_date = await front.get(SAMPLES, params={"after": "2026-11-21", "name": "x y", "open": "false"})

    assert [row["at"] for row in reply.json()["items"]] == ["2026-11-20T20:01:00Z", "2026-11-20T20:02:00Z"]
    assert by_date.json() == {"items": [], "next_cursor": None}


async def test_a_parameter_can_be_sent_under_its_former_name(front: httpx.AsyncClient) -> None:
    for query in ("title=x", "title=x&name=x"):
        assert (await front.get(f"{SAMPLES}?{query}")).status_code == 200

    differing = await front.get(f"{SAMPLES}?title=x&name=y")
    assert_problem(differing, 400, "SYS-17")
    assert differing.json()["detail"] == "`title` is the former name of `name`, and they differ. Send `name` alone."


BAD_QUERIES = {
    "limit=0": "Expected `int` >= 1 - at `$.limit`",
    "limit=101": "Expected `int` <= 100 - at `$.limit`",
    "limit=": "Expected `int`, got `str` - at `$.limit`",
    "limit=1e1": "Expected `int`, got `str` - at `$.limit`",
    "limit=+5": "Expected `int`, got `str` - at `$.limit`",
    "limit=" + "9" * 900: "Expected `int`, got `str` - at `$.limit`",
    "limit=٣": None,
    "open=1": "Expected `bool`, got `str` - at `$.open`. Send `true` or `false`.",
    "open=True": None,
    "color=green": "Invalid enum value 'green' - at `$.color[0]`. Send `red` or `blue`.",
    "color=": None,
    "color=red,red,red": None,
    "after=soon": None,
    "after=2026-02-30": None,
    "after=2026-11-20T19:30:00": None,
    "after=1793524400": None,
    "name=" + "x" * 21: None,
    "name=" + "x" * 20_000: None,
    "name=%00": None,
    "name=%ff": None,
    "name=%ed%a0%80": None,
    "name=%e2%80%ae": None,
    "x=1": "There is nothing called `x` to be sent. Send `limit`, `cursor`, `color`, `after`, `name` or `open`.",
    "limit=1&limit=2": "`limit` is sent twice.",
    "limit=1&limit=1": "`limit` is sent twice.",
    "title=x&title=x": "`title` is sent twice.",
    "title=" + "x" * 21: None,
    "title=%00": None,
    "x" * 20_000: None,
    "&".join(f"x{n}=1" for n in range(101)): None,
}


async def test_a_parameter_that_is_unknown_repeated_or_out_of_bounds_is_named(front: httpx.AsyncClient) -> None:
    for query, detail in BAD_QUERIES.items():
        reply = await front.get(f"{SAMPLES}?{query}")
        assert_problem(reply, 400, "SYS-17", sent=query)
        assert detail is None or reply.json()["detail"] == detail


async def test_routes_without_parameters_refuse_all_but_only_to_those_who_may_ask(lobby: Lobby) -> None:
    assert_problem(await lobby.http.get(f"{ONE}?x=1"), 400, "SYS-17")
    assert_problem(await lobby.http.get(f"{SAMPLES}report/?x=1"), 401, "USER-06")
    assert_problem(await lobby.http.get(f"{SAMPLES}report/?x=1", headers=lobby.ann), 400, "SYS-17")
    assert (await lobby.http.get(f"{SAMPLES}report/?", headers=lobby.ann)).status_code == 200
    assert (await lobby.http.get("/docs?x=1")).status_code == 200


async def test_a_form_is_read_into_its_fields(front: httpx.AsyncClient) -> None:
    reply = await front.post("/auth/sample", data={"password": "sé cret+&=", "grant_type": "password"})
    more = await front.post("/auth/sample", data={"password": "x", "scope": "", "unknown": "1"})

    assert (reply.status_code, reply.json()) == (200, 10)
    assert (more.status_code, more.json()) == (200, 1)


async def test_a_form_that_is_none_is_refused(front: httpx.AsyncClient) -> None:
    form = {"Content-Type": "application/x-www-form-urlencoded"}

    assert_problem(await front.post("/auth/sample", json={"password": "x"}), 415, "SYS-18")
    assert_problem(await front.post("/auth/sample", content="password=x"), 415, "SYS-18")
    assert_problem(await front.post("/auth/sample", content=b"x" * 70_000, headers=form), 413, "SYS-06")
    for body in (
        b"",
        b"grant_type=password",
        b"password=x&password=y",
        b"\xff=1",
    ):
        assert_problem(await front.post("/auth/sample", content=body, headers=form), 400, "SYS-19")
