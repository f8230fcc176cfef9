"""The mutants of ``make mutants`` keep up with the code: each still applies, and its tests exist."""

from pathlib import Path

import pytest

from tests.mutants.catalogue import MUTANTS, Mutant, MutantError

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_a_mutant_still_applies_and_is_still_python(mutant):
    assert mutant.before != mutant.after
    compile(mutant.source(ROOT), mutant.path, "exec")


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_the_tests_that_should_notice_a_mutant_exist(mutant):
    assert mutant.tests
    for named in mutant.tests:
        file, _, test = named.partition("::")
        assert (ROOT / file).is_file(), named
        assert not test or f"def {test}(" in (ROOT / file).read_text(), named


def test_no_two_mutants_have_one_name_or_make_one_change():
    assert len({mutant.name for mutant in MUTANTS}) == len(MUTANTS)
    assert len({(mutant.path, mutant.before, mutant.after) for mutant in MUTANTS}) == len(MUTANTS)


@pytest.mark.parametrize("text", ["", "total = 1\ntotal = 1\n"])
def test_a_text_that_is_not_there_once_is_an_error_that_names_mutant_and_file(tmp_path, text):
    (tmp_path / "sums.py").write_text(text)
    mutant = Mutant("the total is two", "sums.py", "total = 1", "total = 2", ("test_sums.py",))
    with pytest.raises(MutantError, match=r"the total is two.*sums\.py"):
        mutant.source(tmp_path)
