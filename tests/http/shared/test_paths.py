"""Which contract answers at a path, and with which methods."""

import httpx
import pytest

from booked.adapters.http.contracts import booked
from booked.adapters.http.responses.statuses import STATUSES
from booked.asgi import CONTRACTS
from tests.http.answers import answers_problems, assert_problem, assert_refused
from tests.http.shared.lobby import ONE, SAMPLES, Lobby


@pytest.mark.parametrize(
    "path", ["/api", "/api/v1/nothing", "//api/x", "/auth/token", "/events", "/bookings/1", "/seats"]
)
def test_the_paths_of_the_resource_api_answer_problems(path: str) -> None:
    assert answers_problems(path)


@pytest.mark.parametrize("path", ["/event/", "/event", "/user/bookings/", "/apis", "/docs", "/API/v1"])
def test_all_other_paths_answer_as_the_first_contract_has_it(path: str) -> None:
    assert not answers_problems(path)


def test_every_path_has_one_owner() -> None:
    segments = [segment for contract in CONTRACTS for segment in contract.segments]

    assert len(set(segments)) == len(segments)
    assert [contract for contract in CONTRACTS if not contract.segments] == [booked.CONTRACT]


def test_a_contract_states_only_statuses_of_its_own() -> None:
    for contract in CONTRACTS:
        assert all(status != STATUSES[error] for error, status in contract.statuses.items())


async def test_an_unknown_address_is_answered_as_its_contract_has_it(front: httpx.AsyncClient) -> None:
    for path in ("/api", "/api/v1/nothing/", "/auth/nothing", "/api/v1/samples/1/2", "/events/x/y"):
        assert_problem(await front.get(path), 404, "SYS-04")
    assert_refused(await front.get("/nothing/"), 404, "SYS-04")


async def test_a_method_that_an_address_does_not_take_is_answered_likewise(front: httpx.AsyncClient) -> None:
    reply = await front.put(SAMPLES)

    assert_problem(reply, 405, "SYS-05")
    assert methods_in(reply) == {"GET", "POST", "OPTIONS"}


async def test_options_lists_the_methods_of_an_address_with_a_parameter(lobby: Lobby) -> None:
    told = await lobby.http.request("OPTIONS", ONE, headers=lobby.ann)

    assert (told.status_code, methods_in(told)) == (204, {"GET", "PATCH", "DELETE", "OPTIONS"})
    assert_problem(await lobby.http.request("OPTIONS", ONE), 401, "USER-06")


async def test_head_is_get_without_the_body_and_a_last_slash_makes_no_difference(front: httpx.AsyncClient) -> None:
    get = await front.get(ONE)

    for path in (ONE, ONE.rstrip("/")):
        head = await front.head(path)
        assert (head.status_code, head.content) == (200, b"")
        assert head.headers["ETag"] == get.headers["ETag"]
        assert head.headers["Content-Length"] == str(len(get.content))


def methods_in(reply: httpx.Response) -> set[str]:
    return {method.strip() for method in reply.headers["Allow"].split(",")}
