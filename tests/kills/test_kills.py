"""SIGKILL at chosen moments and at random ones, again and again: no row is lost and none doubled.

Each story is one workspace that lives through five kills. After some of them the pipeline is started again
and must end as the oracle says; after the others the next start is killed too.
"""

import os
import random
import signal
import subprocess
import sys
import time

import psutil
import pytest

from medallion_lab import open_lab
from medallion_lab.observe import ledger, oracle
from medallion_lab.runtime.workspace import Workspace
from medallion_lab.shop import Shop
from tests.kills.pipeline import AT_RANDOM, BEING_CREATED, CALLS, CAUGHT_UP, CORRECTED, FILES

ROUNDS = int(os.environ.get("KILL_ROUNDS", "20"))
ROUNDS_IN_A_STORY = 5
RECOVER_AFTER = {0, 2, 4}
MOMENTS = [*CALLS, AT_RANDOM, *FILES, AT_RANDOM]
# So many files a round writes into tables and checkpoints, roughly: a random kill comes at one of them.
FILES_IN_A_ROUND = 120
FAULTS = {
    "malformed_line": 1,
    "non_positive_quantity": 1,
    "unknown_customer": 1,
    "messy_format": 2,
    "duplicate_in_file": 1,
    "duplicate_of_earlier_file": 1,
    "correction": 1,
}
NAME = "kills"


@pytest.mark.parametrize("story", range(ROUNDS // ROUNDS_IN_A_STORY))
def test_whenever_the_pipeline_is_killed_the_next_start_ends_as_the_oracle_says(home, story):
    dice = random.Random(story)
    for turn in range(ROUNDS_IN_A_STORY):
        number = story * ROUNDS_IN_A_STORY + turn
        moment, alone = MOMENTS[number % len(MOMENTS)], number % 2 == 1
        if number == 0:
            moment = BEING_CREATED
        elif turn == 0 and moment == CORRECTED:
            # No order is known yet that could be corrected.
            moment = AT_RANDOM
        land(turn, seed=story)
        group = run_until_killed(home, moment, alone=alone, dice=dice)
        # A lock that is left behind would stop us here.
        Workspace(NAME).close()
        if turn in RECOVER_AFTER:
            recover(f"story {story}, killed {moment} ({'Python alone' if alone else 'with its JVM'})")
        wait_for("the killed pipeline's JVM to end", lambda group=group: not living(group))


def land(turn, *, seed):
    workspace = Workspace(NAME)
    shop = Shop(workspace.landing, seed=seed, answer_key=workspace.answer_key)
    shop.land(20, faults=FAULTS if turn else None)
    if turn == 0:
        shop.land(10, faults={"malformed_line": 1, "non_positive_quantity": 1})
    if turn == 3:
        shop.land_again(shop.files()[0])
    workspace.close()


def run_until_killed(home, moment, *, alone, dice):
    """Start the pipeline, see it killed, and return the number of its process group."""
    before, most = count_files(home), dice.randint(1, FILES_IN_A_ROUND)
    said = home.parent / "said.txt"
    with said.open("w") as output:
        child = subprocess.Popen(
            [sys.executable, "-m", "tests.kills.pipeline", NAME, moment, "alone" if alone else "together"],
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        if moment == AT_RANDOM:
            wait_for(
                f"{most} new files, or the pipeline to have caught up",
                lambda: (
                    count_files(home) - before >= most
                    or CAUGHT_UP in said.read_text()
                    or child.poll() is not None
                ),
            )
            assert child.poll() is None, said.read_text()
            child.kill() if alone else os.killpg(child.pid, signal.SIGKILL)
        wait_for(
            f"the pipeline to be killed: {moment}",
            lambda: child.poll() is not None or (moment != AT_RANDOM and CAUGHT_UP in said.read_text()),
        )
        assert child.poll() == -signal.SIGKILL, f"{moment}: {said.read_text() or 'the moment did not come'}"
    finally:
        child.stdin.close()
        if child.poll() is None:
            os.killpg(child.pid, signal.SIGKILL)
            child.wait(timeout=60)
    return child.pid


def recover(what):
    with open_lab(NAME, fresh=False) as lab:
        lab.start_pipeline(exact=True, available_now=True)
        differences = oracle.compare(lab.spark, lab.workspace)
        assert differences, f"{what}\n{differences}"
        book = ledger.balance(lab.spark, lab.workspace)
        assert book, f"{what}\n{book}"


def count_files(home):
    rooms = [home / NAME / room for room in ("tables", "checkpoints")]
    return sum(len(files) for room in rooms for _, _, files in os.walk(room))


def living(group):
    """Return the processes of this group that have not ended, whoever their parent is now."""
    found = []
    for process in psutil.process_iter(["pid", "status"]):
        try:
            if os.getpgid(process.pid) == group and process.info["status"] != psutil.STATUS_ZOMBIE:
                found.append(process.pid)
        except ProcessLookupError:
            # It ended between the two questions.
            continue
    return found


def wait_for(what, condition, *, timeout_seconds=240):
    deadline = time.monotonic() + timeout_seconds
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"waited {timeout_seconds} s for {what}")
        time.sleep(0.005)
