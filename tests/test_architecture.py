"""The shape of the house: how deep imports go, how many a module has, and that a name means one class."""

from tests.figures import imports, longest_chain, shared_class_names

LONGEST_CHAIN = 18
MOST_IMPORTS = 15
# They put the house together, so they import all of its parts: adapters, services, and what speaks HTTP.
ROOTS = {
    "booked.bootstrap",
    "booked.domain.services.wiring",
    "booked.adapters.http.app",
    "booked.adapters.postgres.repositories",
}


def test_no_chain_of_imports_is_too_long_to_follow() -> None:
    chain = longest_chain()

    assert len(chain) <= LONGEST_CHAIN, " → ".join(chain)


def test_no_module_needs_very_many_others() -> None:
    wide = {name: len(found) for name, found in imports().items() if len(found) > MOST_IMPORTS}

    assert wide.keys() <= ROOTS, wide


def test_no_two_classes_share_a_name() -> None:
    assert shared_class_names() == []
