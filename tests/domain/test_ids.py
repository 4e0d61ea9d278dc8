"""Ids that carry their event's."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from booked.domain.errors import InvalidUUID
from booked.domain.model.ids import TicketId, event_id_from, event_of, number_of, parse_uuid, ticket_id, ticket_ids

NUMBERS = st.integers(min_value=1, max_value=2**32 - 1)
CANONICAL = "01890a5d-ac96-774b-bcce-b302099a8057"


@given(st.uuids(), NUMBERS)
def test_a_ticket_id_carries_its_event_and_its_number(unique: UUID, number: int) -> None:
    event_id = event_id_from(unique)

    ticket = ticket_id(event_id, number)

    assert event_of(ticket) == event_id
    assert number_of(ticket) == number


@given(st.uuids(), st.sets(NUMBERS, max_size=20))
def test_every_ticket_of_an_event_has_an_id_of_its_own(unique: UUID, numbers: set[int]) -> None:
    tickets = ticket_ids(event_id_from(unique), numbers)

    assert len(set(tickets)) == len(numbers)
    assert {number_of(ticket) for ticket in tickets} == numbers


@given(st.uuids(), NUMBERS)
def test_ids_are_canonical(unique: UUID, number: int) -> None:
    event_id = event_id_from(unique)
    ticket = ticket_id(event_id, number)

    assert parse_uuid(event_id) == event_id == str(UUID(event_id))
    assert parse_uuid(ticket) == ticket == str(UUID(ticket))


@given(st.uuids())
def test_an_event_id_names_no_ticket(unique: UUID) -> None:
    event_id = event_id_from(unique)

    assert number_of(TicketId(event_id)) == 0
    assert UUID(event_id).int >> 32 == unique.int >> 32


@given(st.uuids(version=4), NUMBERS)
def test_an_event_id_keeps_the_version_and_variant_of_its_uuid(unique: UUID, number: int) -> None:
    ticket = UUID(ticket_id(event_id_from(unique), number))

    assert (ticket.version, ticket.variant) == (unique.version, unique.variant)


@given(st.uuids(), st.data())
def test_a_uuid_is_read_in_any_case(unique: UUID, data: st.DataObject) -> None:
    text = "".join(data.draw(st.sampled_from([digit.lower(), digit.upper()])) for digit in str(unique))

    assert parse_uuid(text) == str(unique)


@given(st.text(max_size=40) | st.from_regex(r"[0-9a-fA-F-]{30,40}", fullmatch=True))
def test_nothing_but_a_canonical_uuid_is_read(text: str) -> None:
    try:
        read = parse_uuid(text)
    except InvalidUUID:
        return

    assert text.isascii()
    assert read == text.lower() == str(UUID(text))


@pytest.mark.parametrize(
    "text",
    [
        "",
        CANONICAL[:-1],
        CANONICAL + "0",
        CANONICAL + "\n",
        " " + CANONICAL[1:],
        CANONICAL.replace("-", ""),
        "{" + CANONICAL + "}",
        "urn:uuid:" + CANONICAL,
        CANONICAL.replace("-", "_"),
        "01890a5da-c96-774b-bcce-b302099a8057",  # dashes at other places
        "g" + CANONICAL[1:],
        "\uff10" + CANONICAL[1:],  # a full-width zero
        "\u0660" + CANONICAL[1:],  # an Arabic-Indic zero
        "\u0130" + CANONICAL[1:-1],  # a letter that is two in lower case
        CANONICAL[:-1] + "\0",
    ],
)
def test_what_only_resembles_a_uuid_is_refused(text: str) -> None:
    with pytest.raises(InvalidUUID):
        parse_uuid(text)
