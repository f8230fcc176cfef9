"""``make mutants``: break each transform on purpose, and see whether a test notices.

mutmut and cosmic-ray change operators of Python, not a join's type or the SQL in a string, and run a whole
suite for each change: here a mutant is a mistake that a person chose, with the few tests that have to notice.
"""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from queue import SimpleQueue
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from tests.benchmarks.measuring import load, machine
from tests.mutants.catalogue import MUTANTS, Mutant, MutantError

ROOT = Path(__file__).parents[2]
RESULTS = Path(__file__).with_name("results.json")
MUTANT_SECONDS, BASELINE_SECONDS = 600, 3600
NBVAL = ("--nbval", "--nbval-current-env", "--nbval-cell-timeout=300")
PASSED, FAILED = 0, 1
# A test's Spark is one core's work most of the time.
AT_ONCE = 2
# A line of pytest's summary: a test, with its file. A file alone is one that did not load.
FIRST_FAILED = re.compile(r"^(?:FAILED|ERROR) (?P<test>\S+?::.+?)(?: - .*)?$", re.MULTILINE)
FIRST_REASON = re.compile(r"^E +(?P<said>.*)$", re.MULTILINE)


@dataclass(frozen=True)
class Verdict:
    """What became of one mutant.

    Attributes
    ----------
    mutant : Mutant
        The mistake.
    caught_by : str, optional
        The first test that failed.
    said : str
        What that test said, or why there is no verdict.
    is_known : bool
        False if the tests did not run to an end, so that the mutant neither survived nor was caught.
    """

    mutant: Mutant
    caught_by: str | None
    said: str = ""
    is_known: bool = True

    def __str__(self):
        return self.caught_by or ("nothing: it survived" if self.is_known else "no verdict")


class Copy:
    """The repository's files in another folder, where they may be broken.

    Parameters
    ----------
    folder : Path
        An empty folder.
    """

    def __init__(self, folder):
        self.root, self.home = folder / "copy", folder / "home"
        names = subprocess.run(
            ["git", "ls-files", "-co", "--exclude-standard", "-z"],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
        ).stdout.split("\0")
        for name in filter(None, names):
            if (ROOT / name).is_file():
                (self.root / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(ROOT / name, self.root / name)

    def check_is_imported(self):
        """Raise unless Python, started in a chapter's folder, imports the package from here."""
        code, said = self._run(
            ["-c", "import medallion_lab; print(medallion_lab.__file__)"], "book", seconds=60
        )
        if code or not Path(said.strip()).resolve().is_relative_to(self.root.resolve()):
            raise MutantError(
                got=f"a Python that imports medallion_lab from elsewhere: {said.strip()}",
                needed=f"the copy in {self.root}, because the mutants are made there",
                next_step="look for what comes before PYTHONPATH in sys.path, such as a .pth file",
            )

    def test(self, tests: Sequence[str], *, seconds: int) -> tuple[int, str]:
        """Run these tests up to the first failure; return pytest's exit code and what it printed."""
        for options, chosen in (
            ((), [test for test in tests if not test.endswith(".ipynb")]),
            (NBVAL, [test for test in tests if test.endswith(".ipynb")]),
        ):
            if chosen:
                pytest = ["-m", "pytest", "-x", "-q", "--color=no", "-p", "no:cacheprovider"]
                code, said = self._run([*pytest, *options, *chosen], ".", seconds=seconds)
                if code != PASSED:
                    return code, said
        return PASSED, ""

    def _run(self, arguments, folder, *, seconds):
        # No bytecode: two mutants of one file may have the same size, and be written within one second.
        here = {
            "PYTHONPATH": str(self.root),
            "PYTHONDONTWRITEBYTECODE": "1",
            "MEDALLION_LAB_HOME": str(self.home),
        }
        process = subprocess.Popen(
            [sys.executable, *arguments],
            cwd=self.root / folder,
            env=os.environ | here,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        try:
            said, _ = process.communicate(timeout=seconds)
        finally:
            # Its Java too: after a timeout, or Ctrl-C, both would go on.
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
        return process.returncode, said

    def try_mutant(self, mutant: Mutant) -> Verdict:
        """Make one mistake, run its tests, and take it back."""
        file = self.root / mutant.path
        right = file.read_bytes()
        file.write_text(mutant.source(self.root), encoding="utf-8")
        try:
            code, said = self.test(mutant.tests, seconds=MUTANT_SECONDS)
        except subprocess.TimeoutExpired:
            return Verdict(mutant, None, f"(no end within {MUTANT_SECONDS} s)", is_known=False)
        finally:
            file.write_bytes(right)
        if code == PASSED:
            return Verdict(mutant, None)
        failed = FIRST_FAILED.search(said)
        if code != FAILED or failed is None:
            # -x ends with the same code for a test that failed and a file that did not load.
            why = f"(pytest ended with {code}, and no test failed)\n{_end_of(said)}"
            return Verdict(mutant, None, why, is_known=False)
        reason = FIRST_REASON.search(said)
        return Verdict(mutant, failed["test"], reason["said"] if reason else "")


def main(
    words: Annotated[
        list[str] | None, typer.Argument(help="Only mutants whose name or path has one of them; none: all.")
    ] = None,
) -> None:
    """Try the mutants, two at a time; a run of all of them is stored beside this file."""
    console = Console(soft_wrap=True)
    chosen = [mutant for mutant in MUTANTS if not words or _has_one_of(words, mutant)]
    if not chosen:
        raise typer.BadParameter(f"no mutant has one of {', '.join(words or ())} in its name or path")
    begin = time.monotonic()
    try:
        verdicts = list(_try_all(chosen, console))
    except MutantError as error:
        console.print(str(error), style="bold red", markup=False)
        raise typer.Exit(2) from error
    caught = sum(verdict.caught_by is not None for verdict in verdicts)
    seconds = round(time.monotonic() - begin)
    console.print(_table(verdicts), f"[bold]{caught} of {len(verdicts)} caught[/], in {seconds} s")
    score = _store(verdicts)
    if words:
        console.print(f"Of all mutants, each at its last try: {score}")
    if caught < len(verdicts):
        raise typer.Exit(1)


def _has_one_of(words: Sequence[str], mutant: Mutant) -> bool:
    return any(word.lower() in f"{mutant.name} {mutant.path}".lower() for word in words)


def _try_all(mutants: Sequence[Mutant], console: Console) -> Iterator[Verdict]:
    """Yield a verdict for each mutant, those of the same tests together."""
    with (
        tempfile.TemporaryDirectory(prefix="medallion-mutants-") as folder,
        ThreadPoolExecutor(AT_ONCE) as pool,
    ):
        copies: SimpleQueue[Copy] = SimpleQueue()
        for number in range(AT_ONCE):
            copy = Copy(Path(folder, str(number)))
            copy.check_is_imported()
            copies.put(copy)
        for mutant in mutants:
            # Before the first test: a mutant that does not apply is no reason to wait for the others.
            mutant.source(copy.root)
        tests = list(dict.fromkeys(test for mutant in mutants for test in mutant.tests))
        console.print(f"Nothing broken yet: {len(tests)} test files and tests …", end=" ")
        _check_baseline(copy, tests)
        console.print("passed")

        def try_in_a_copy(mutant: Mutant) -> Verdict:
            copy = copies.get()
            try:
                return copy.try_mutant(mutant)
            finally:
                copies.put(copy)

        in_order = sorted(mutants, key=lambda mutant: mutant.tests)
        for number, verdict in enumerate(pool.map(try_in_a_copy, in_order), start=1):
            name = escape(verdict.mutant.name)
            console.print(f"{number}/{len(mutants)} {name}: {escape(f'{verdict} {verdict.said}'.rstrip())}")
            yield verdict


def _check_baseline(copy: Copy, tests: Sequence[str]) -> None:
    """Raise unless the tests pass as long as nothing is broken: a test that fails anyway notices nothing."""
    try:
        code, said = copy.test(tests, seconds=BASELINE_SECONDS)
    except subprocess.TimeoutExpired:
        code, said = FAILED, f"no end within {BASELINE_SECONDS} s"
    if code != PASSED:
        raise MutantError(
            got=f"tests that fail although nothing is broken (pytest ended with {code}):\n{_end_of(said)}",
            needed="tests that pass: one that fails anyway notices no mistake",
            next_step="repair them first; make unit runs them",
        )


def _end_of(said: str, lines: int = 15) -> str:
    return "\n".join(said.rstrip().splitlines()[-lines:])


def _table(verdicts: Sequence[Verdict]) -> Table:
    table = Table("mutant", "file")
    table.add_column("caught by", overflow="fold")
    for verdict in verdicts:
        # The file's name is the mutant's own, but for a few: the test's says more.
        by = str(verdict).rpartition("::")[2]
        style = None if verdict.caught_by else "bold red"
        table.add_row(
            escape(verdict.mutant.name), verdict.mutant.path.rpartition("/")[2], escape(by), style=style
        )
    return table


def _store(verdicts: Sequence[Verdict]) -> str:
    """Store each verdict in the place of its mutant's last one; return the score of all mutants."""
    today = datetime.now(UTC).strftime("%Y-%m-%d")
    known = {entry["name"]: entry for entry in load(RESULTS).get("mutants", [])}
    for verdict in verdicts:
        known[verdict.mutant.name] = {
            "name": verdict.mutant.name,
            "path": verdict.mutant.path,
            "result": "caught" if verdict.caught_by else "survived" if verdict.is_known else "no verdict",
            "caught_by": verdict.caught_by,
            "measured": today,
        }
    entries = [known[mutant.name] for mutant in MUTANTS if mutant.name in known]
    caught = sum(entry["result"] == "caught" for entry in entries)
    score = f"{caught} of {len(MUTANTS)} caught"
    results = {"machine": machine(), "measured": today, "score": score, "mutants": entries}
    RESULTS.write_text(json.dumps(results, indent=2, ensure_ascii=False) + "\n")
    return score


if __name__ == "__main__":
    typer.run(main)
