"""Progress is one small file: counted, never lost, and read by nobody else."""

import json
from concurrent.futures import ThreadPoolExecutor

import pytest

from medallion_lab.classroom.progress import (
    Tries,
    note_try,
    progress_file,
    read_progress,
    what_was_put_aside,
)


def test_nothing_was_tried_yet(home):
    assert read_progress() == {}
    assert not progress_file().exists()
    assert what_was_put_aside() == ""


def test_tries_are_counted_until_it_is_solved(home):
    note_try("silver", "repair", solved=False)
    note_try("silver", "repair", solved=True)
    note_try("silver", "repair", solved=False)
    assert read_progress() == {"silver": {"repair": Tries(2, True)}}
    assert str(read_progress()["silver"]["repair"]) == "solved (2 tries)"


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"silver": 3}', '{"silver": {"repair": {"tries": "x"}}}', "\x00"]
)
def test_a_file_that_does_not_read_is_put_aside_and_kept(home, text):
    home.mkdir()
    progress_file().write_text(text)
    assert note_try("silver", "build", solved=True) == Tries(1, True)
    assert read_progress() == {"silver": {"build": Tries(1, True)}}
    assert (home / "progress.broken.json").read_text() == text
    assert what_was_put_aside() == (
        "Your progress could not be read: its file was put aside as "
        f"{home / 'progress.broken.json'}, and a new one is begun."
    )


def test_notebooks_that_check_at_once_lose_no_try(home):
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: note_try("silver", f"build_{n % 4}", solved=False), range(40)))
    assert {name: tries.tries for name, tries in read_progress()["silver"].items()} == {
        f"build_{n}": 10 for n in range(4)
    }


def test_the_file_is_json_that_a_person_can_read(home):
    note_try("silver", "repair", solved=True)
    assert json.loads(progress_file().read_text()) == {"silver": {"repair": {"solved": True, "tries": 1}}}
