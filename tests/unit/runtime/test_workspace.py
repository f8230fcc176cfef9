import json
import shutil
import subprocess
import sys

import pytest

from medallion_lab.errors import (
    ForeignFolderError,
    NotWritableError,
    WorkspaceInUseError,
    WorkspaceMovedError,
    WorkspaceNameError,
)
from medallion_lab.runtime.workspace import MARKER, ROOMS, Workspace, list_workspaces


@pytest.fixture
def workspace(home):
    workspace = Workspace("bronze")
    yield workspace
    workspace.close()


def test_a_workspace_has_a_room_for_each_kind_of_thing(workspace):
    assert all((workspace.path / room).is_dir() for room in ROOMS)


def test_reset_empties_every_room_together(workspace):
    for room in ROOMS:
        (workspace.path / room / "old").mkdir()
    workspace.reset()
    assert [list((workspace.path / room).iterdir()) for room in ROOMS] == [[]] * len(ROOMS)


def test_a_foreign_folder_is_refused_and_left_untouched(home):
    (home / "photos").mkdir(parents=True)
    (home / "photos" / "holiday.jpg").write_text("precious")
    with pytest.raises(ForeignFolderError, match=r"holiday\.jpg"):
        Workspace("photos")
    assert [path.name for path in (home / "photos").iterdir()] == ["holiday.jpg"]


def test_a_file_in_the_place_of_a_workspace_is_refused(home):
    home.mkdir()
    (home / "notes").write_text("precious")
    with pytest.raises(ForeignFolderError, match="is a file"):
        Workspace("notes")


def test_a_link_in_the_place_of_a_workspace_is_not_followed(home, tmp_path):
    (tmp_path / "elsewhere").mkdir()
    home.mkdir()
    (home / "shortcut").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(ForeignFolderError, match="link"):
        Workspace("shortcut")


def test_reset_removes_a_link_and_not_what_it_leads_to(workspace, tmp_path):
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "precious.txt").write_text("keep me")
    (workspace.tables / "inside").symlink_to(tmp_path / "elsewhere")
    workspace.landing.rmdir()
    workspace.landing.symlink_to(tmp_path / "elsewhere")
    workspace.reset()
    assert (tmp_path / "elsewhere" / "precious.txt").read_text() == "keep me"
    assert not workspace.landing.is_symlink()


def test_a_folder_that_lost_its_marker_is_never_emptied(workspace):
    (workspace.path / MARKER).unlink()
    (workspace.landing / "kept.json").write_text("{}")
    with pytest.raises(ForeignFolderError):
        workspace.reset()
    assert (workspace.landing / "kept.json").exists()


def copy_of(workspace, home):
    workspace.close()
    shutil.copytree(workspace.path, home / workspace.name)
    return Workspace(workspace.name, home=home)


def test_a_copied_workspace_whose_streams_have_begun_is_refused_and_kept(workspace, tmp_path):
    (workspace.checkpoints / "bronze").mkdir()
    copy = copy_of(workspace, tmp_path / "elsewhere")
    with pytest.raises(WorkspaceMovedError, match=f"in {copy.path}, made in {workspace.path}"):
        copy.require_same_place()
    assert (copy.checkpoints / "bronze").is_dir()
    copy.close()
    again = Workspace(copy.name, home=tmp_path / "elsewhere")
    with pytest.raises(WorkspaceMovedError):
        again.require_same_place()
    again.reset()
    again.require_same_place()
    again.close()


def test_a_copied_workspace_without_checkpoints_has_a_new_place(workspace, tmp_path):
    copy = copy_of(workspace, tmp_path / "elsewhere")
    copy.require_same_place()
    (copy.checkpoints / "bronze").mkdir()
    copy.require_same_place()
    copy.close()


def test_a_copied_workspace_of_a_databricks_notebook_is_refused(workspace, tmp_path):
    workspace.dbfs.mkdir()
    copy = copy_of(workspace, tmp_path / "elsewhere")
    with pytest.raises(WorkspaceMovedError):
        copy.require_same_place()
    copy.close()


@pytest.mark.parametrize("place", [None, ""])
def test_a_workspace_that_does_not_say_where_it_was_made_is_taken_as_made_here(workspace, place):
    note = workspace.path / ".place"
    note.unlink()
    if place is not None:
        note.write_text(place)
    (workspace.checkpoints / "bronze").mkdir()
    workspace.close()
    again = Workspace("bronze")
    again.require_same_place()
    again.close()


@pytest.mark.parametrize("name", ["", "..", "../up", "a/b", "/etc", "Über", "A", "x" * 65])
def test_a_name_that_could_lead_elsewhere_is_refused(home, name):
    with pytest.raises(WorkspaceNameError):
        Workspace(name)
    assert not home.exists()


def test_a_home_that_cannot_be_written_to_names_its_variable(monkeypatch):
    monkeypatch.setenv("MEDALLION_LAB_HOME", "/dev/null/home")
    with pytest.raises(NotWritableError, match="MEDALLION_LAB_HOME"):
        Workspace("bronze")


HOLD = """
import sys
from medallion_lab.runtime.workspace import Workspace
held = Workspace("bronze")
print("held", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def other_process(home):
    """Another Python that holds the workspace until it is killed."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout.readline() == "held\n"
    yield process
    process.kill()
    process.communicate()


def test_a_second_process_is_kept_out_and_told_who_is_in(other_process):
    with pytest.raises(WorkspaceInUseError, match=f"process {other_process.pid} "):
        Workspace("bronze")


def test_a_killed_process_leaves_no_lock_behind(other_process):
    other_process.kill()
    other_process.wait()
    workspace = Workspace("bronze")
    assert json.loads((workspace.path / ".holder.json").read_text())["pid"] != other_process.pid
    workspace.close()


def test_only_folders_of_the_lab_are_listed(home):
    (home / "photos").mkdir(parents=True)
    for name in ("silver", "bronze"):
        Workspace(name).close()
    assert list_workspaces() == ["bronze", "silver"]


def test_remove_deletes_the_whole_workspace_and_nothing_beside_it(home):
    Workspace("silver").close()
    Workspace("bronze").remove()
    assert [path.name for path in home.iterdir()] == ["silver"]
