"""Mutants: each is one, some test looks at it, and it is known whether a test goes red."""

from dataclasses import replace

from tests.torture.mutants import ROOT, mutants, workshop


def test_every_guard_can_be_taken_out_and_names_tests_that_look_at_it() -> None:
    for mutant in mutants():
        source = (ROOT / mutant.path).read_text()

        assert mutant.written(source) != source
        assert mutant.tests
        assert all((ROOT / test).exists() for test in mutant.tests), mutant


def test_no_two_guards_have_one_name() -> None:
    names = [mutant.name for mutant in mutants()]

    assert len(set(names)) == len(names)


def test_a_guard_that_is_gone_turns_a_test_red_and_a_change_of_words_does_not() -> None:
    [most] = [mutant for mutant in mutants() if mutant.name == "requests have a most"]
    other_words = replace(most, text="Ask for at least one ticket.", instead="Ask for one ticket or more.")

    with workshop() as copy:
        assert copy.killer_of(replace(most, tests=("tests/domain/sale/test_holds.py",))) is not None
        assert copy.killer_of(replace(other_words, tests=("tests/domain/sale/test_holds.py",))) is None
