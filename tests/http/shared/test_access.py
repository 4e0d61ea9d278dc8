"""Routes are for roles."""

from typing import Any

from tests.http.answers import assert_problem
from tests.http.shared.lobby import ONE, SAMPLES, Lobby
from tests.http.shared.sample import ALL


async def test_everybody_is_let_in_where_a_name_is_optional_unless_it_is_a_false_one(lobby: Lobby) -> None:
    nobody, known = await lobby.http.get(SAMPLES), await lobby.http.get(SAMPLES, headers=lobby.ann)

    assert nobody.json()["items"][0]["id"] == ALL[1].id
    assert known.json()["items"][0]["id"] == ALL[0].id
    for header in ("", "Bearer x", "Basic YTpi", lobby.ann["Authorization"] + "x"):
        assert_problem(await lobby.http.get(SAMPLES, headers={"Authorization": header}), 401, "USER-06")


async def test_roles_are_those_of_the_database(lobby: Lobby) -> None:
    async def statuses(method: str, **sent: Any) -> list[int]:
        people = [{}, lobby.ann, lobby.organizer, lobby.admin]
        headers = {"If-Match": "*"} if method == "PATCH" else {}
        replies = [await lobby.http.request(method, ONE, headers={**headers, **who}, **sent) for who in people]
        return [reply.status_code for reply in replies]

    assert await statuses("PATCH", json={}) == [401, 403, 200, 200]
    assert await statuses("DELETE") == [401, 403, 403, 204]
    assert_problem(await lobby.http.delete(ONE, headers=lobby.ann), 403, "USER-01")
    gone = await lobby.http.delete(ONE, headers=lobby.admin)
    assert (gone.content, "Content-Type" in gone.headers, "Content-Length" in gone.headers) == (b"", False, False)


async def test_a_closed_route_is_closed_before_its_body_or_headers_are_looked_at(lobby: Lobby) -> None:
    assert_problem(await lobby.http.post(SAMPLES, content=b"{", headers={"Idempotency-Key": ""}), 401, "USER-06")
    assert_problem(await lobby.http.patch(ONE, content=b"{", headers=lobby.ann), 403, "USER-01")
