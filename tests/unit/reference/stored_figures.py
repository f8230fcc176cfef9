"""The figures that `make bench` has stored, for the tests of the pages that show them."""

from tests.benchmarks.measuring import load
from tests.notebooks.chapters import ROOT

RESULTS = ROOT / "tests" / "benchmarks" / "results.json"
STORED = load(RESULTS)
