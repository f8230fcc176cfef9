import subprocess
import sys

import pytest

from medallion_lab.errors import LandingError
from medallion_lab.shop import Shop, till
from medallion_lab.shop.answer_key import PlantedFault, confirm_faults, note_faults, read_faults

LATE = PlantedFault("sales_000001.json", 2, "late", "A1", {"quantity": 3}, {"quantity": "3.0"})

DIE_BEFORE_LANDING = """
import os, sys
from pathlib import Path
from medallion_lab.shop import Shop, till

till.land_file = lambda path, lines, just_before: os._exit(9)
Shop(Path(sys.argv[1]), answer_key=Path(sys.argv[2])).land(10, faults={"late": 3})
"""


def test_what_is_noted_is_read_back(tmp_path):
    note_faults(tmp_path, LATE.file, [LATE])
    confirm_faults(tmp_path, LATE.file)
    assert read_faults(tmp_path, landing=tmp_path) == [LATE]
    assert [path.name for path in tmp_path.iterdir()] == ["sales_000001.jsonl"]


def test_a_note_stays_when_its_file_is_moved_away(shop):
    landed = shop.land(10, faults={"late": 3})
    landed.path.rename(shop.answer_key.parent / "processed.json")
    assert len(shop.faults_planted()) == 3


def test_the_note_is_there_before_the_file(shop, monkeypatch):
    noted = []

    def land_file(path, lines, just_before):
        noted.extend(line for note in shop.answer_key.iterdir() for line in note.read_text().splitlines())

    monkeypatch.setattr(till, "land_file", land_file)
    shop.land(10, faults={"late": 3})
    assert len(noted) == 3


def test_a_crash_before_the_file_appears_leaves_nothing_to_explain(shop):
    program = [sys.executable, "-c", DIE_BEFORE_LANDING, shop.landing, shop.answer_key]
    assert subprocess.run(program).returncode == 9
    assert len(list(shop.answer_key.iterdir())) == 1
    assert shop.faults_planted() == []
    shop.land(10)
    assert shop.faults_planted() == []


def test_a_file_whose_faults_cannot_be_noted_does_not_land(shop):
    shop.answer_key.rmdir()
    shop.answer_key.write_text("not a folder")
    with pytest.raises(LandingError, match="answer key for sales_000001"):
        shop.land(10, faults={"late": 3})
    assert shop.files() == []


def test_the_key_lies_outside_the_folder_that_pipelines_read(lab):
    lab.shop.land(10, faults={"malformed_line": 1})
    assert [path.name for path in lab.workspace.landing.iterdir()] == ["sales_000001.json"]
    notes = [path.name for path in lab.workspace.answer_key.iterdir() if not path.name.startswith(".")]
    assert notes == ["sales_000001.jsonl"]
    assert len(lab.shop.faults_planted()) == 1


def test_a_shop_without_a_key_has_planted_nothing(tmp_path):
    assert Shop(tmp_path).faults_planted() == []
